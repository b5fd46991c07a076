/**
 * The header that has a browser keep a download under a file's own name: plain for those that read ASCII, and encoded
 * (RFC 6266, section 4; RFC 8187) where the name has more than that.
 */
export function attachmentOf(fileName: string): string {
  // Quotation marks and backslashes end or escape a quoted text, and a percent sign is decoded by some browsers.
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = plain === fileName ? '' : `; filename*=UTF-8''${encodeExtended(fileName)}`;
  return `attachment; filename="${plain}"${encoded}`;
}

/** Beyond what encodeURIComponent leaves, `'`, `(`, `)` and `*` are no characters of an extended value (RFC 8187, section 3.2.1). */
function encodeExtended(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
