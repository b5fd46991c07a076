import * as z from 'zod';
import { MAX_KEY_BYTES } from '../../core/document-key.ts';
import { MAX_EVENT_TIME } from '../../core/event.ts';
import { nextCursor, ownId, page, shownTime, tenantQuery, text, time } from './common.ts';

/** Seconds that a link lives. */
export const LINK_SECONDS = { least: 60, most: 900, usual: 300 } as const;
const { least, most, usual } = LINK_SECONDS;
const linkSeconds = `must be a whole number from ${least} to ${most}`;

/** S3's limit for an object that is sent as a form. */
const MAX_POST_BYTES = 5 * 1024 ** 3;
const USUAL_POST_BYTES = 100 * 1024 ** 2;

/** In a query numbers are texts. */
export const linkQuery = z
  .string()
  .regex(/^[1-9]\d{1,2}$/, linkSeconds)
  .transform(Number)
  .refine((seconds) => seconds >= least && seconds <= most, linkSeconds)
  .default(usual)
  .meta({
    description: 'Seconds that the link lives.',
    override: { type: 'integer', minimum: least, maximum: most, default: usual, pattern: undefined },
  });

/** A part of a key of the table, which takes no more bytes. */
export const keyPart = text(MAX_KEY_BYTES).refine(
  (part) => Buffer.byteLength(part) <= MAX_KEY_BYTES,
  `must be at most ${MAX_KEY_BYTES} bytes`,
);

export const versionQuery = keyPart
  .min(1)
  .optional()
  .meta({ description: 'The version that is meant, as an event names it; the latest where absent.' });

/** A document as the arken guide's clients read it. */
export const detailsSchema = z
  .object({
    documentHashId: z.string(),
    fileName: z.string(),
    size: z.int().meta({ description: 'Bytes.' }),
    contentType: z.string(),
    version: z.string(),
    uploadedAt: shownTime,
    etag: z.string(),
  })
  .meta({
    id: 'DocumentDetails',
    example: {
      documentHashId: 'doc_1kVwXkq0mJ3yq6b2C0o9Xw7Zr4E',
      fileName: 'invoice.pdf',
      size: 48_211,
      contentType: 'application/pdf',
      version: '3sL4kqtJlcpXroDTDmJ',
      uploadedAt: '2026-01-15T12:30:00Z',
      etag: '6805f2cfc46c0f04559748bb039d69ae',
    },
  });

export const locationSchema = z
  .object({
    url: z.string().meta({ description: 'A GET there, without any key, answers the bytes.' }),
    expiresAt: shownTime,
  })
  .meta({
    id: 'DocumentLocation',
    example: {
      url: 'https://documents.s3.amazonaws.com/acme/invoice.pdf?X-Amz-Signature=fe5f80f7',
      expiresAt: '2026-01-15T12:35:00Z',
    },
  });

const shownSchema = z
  .object({
    id: z.string().meta({ description: 'Its hash id.' }),
    path: z.string(),
    file_name: z.string(),
    size: z.int(),
    content_type: z.string(),
    version: z.string(),
    etag: z.string(),
    uploaded_at: shownTime,
  })
  .meta({
    id: 'Document',
    example: {
      id: 'doc_1kVwXkq0mJ3yq6b2C0o9Xw7Zr4E',
      path: 'invoices/invoice.pdf',
      file_name: 'invoice.pdf',
      size: 48_211,
      content_type: 'application/pdf',
      version: '3sL4kqtJlcpXroDTDmJ',
      etag: '6805f2cfc46c0f04559748bb039d69ae',
      uploaded_at: '2026-01-15T12:30:00Z',
    },
  });

export const documentListSchema = z.object({ documents: z.array(shownSchema), next_cursor: nextCursor });

export const documentQuerySchema = z.strictObject({
  ...page,
  ...tenantQuery,
  // It holds a path.
  cursor: z
    .string()
    .max(8192)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before; absent for the first page.' }),
  prefix: keyPart.optional().meta({
    description: 'Only paths that begin so; they are listed by path then, and otherwise newest first.',
  }),
  from: time.default(0).meta({ description: 'Only documents uploaded at this time or later.' }),
  to: time.default(MAX_EVENT_TIME).meta({ description: 'Only documents uploaded before this time.' }),
});

export const uploadSchema = z.strictObject({
  tenant_id: ownId.optional(),
  path: text(MAX_KEY_BYTES).min(1).meta({
    example: 'invoices/2026-01.pdf',
    description: 'Names joined by slashes; the last one is the file name.',
  }),
  content_type: z
    .string()
    .max(128)
    .regex(
      /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w-]+=[\w."+-]+)*$/,
      'must be a media type such as application/pdf',
    )
    .default('application/octet-stream'),
  max_size: z
    .int()
    .min(0)
    .max(MAX_POST_BYTES)
    .default(USUAL_POST_BYTES)
    .meta({ description: 'Bytes; S3 refuses a larger file.' }),
  expires_in: z
    .int(linkSeconds)
    .min(least, linkSeconds)
    .max(most, linkSeconds)
    .default(usual)
    .meta({ description: 'Seconds.' }),
});

export const uploadLinkSchema = z
  .object({
    url: z.string(),
    method: z.literal('POST'),
    fields: z.record(z.string(), z.string()),
    max_size: z.int(),
    expires_at: shownTime,
  })
  .meta({
    id: 'DocumentUpload',
    description: 'Send the fields as multipart/form-data, and the file as the last one, `file`.',
    example: {
      url: 'https://documents.s3.amazonaws.com/',
      method: 'POST',
      fields: {
        key: 'acme/invoices/2026-01.pdf',
        Policy: 'eyJleHBpcmF0aW9uIjoi',
        'X-Amz-Signature': 'fe5f80f7',
      },
      max_size: USUAL_POST_BYTES,
      expires_at: '2026-01-15T12:35:00Z',
    },
  });
