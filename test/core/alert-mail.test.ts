import type { Digest } from '../../core/alert-digest.ts';
import { writeAlert } from '../../core/alert-mail.ts';

const at = Date.UTC(2026, 0, 15, 12, 30);
const about = {
  tenantId: 'acme',
  endpointId: 'ep_1',
  url: 'https://hooks.example.com/in',
  description: 'The shop',
  lookUrl: 'https://dash.example.com/webhooks/ep_1',
  unsubscribeUrl: 'https://api.example.com/v1/alerts/unsubscribe?token=acme.ep_1.x',
};
const quiet: Digest = { since: at, failures: 0, types: {}, errors: [], changes: [] };
const failures: Digest = {
  ...quiet,
  failures: 3,
  types: { 'order.paid': 1, 'order.sent': 2 },
  errors: [{ at, eventType: 'order.paid', error: 'The endpoint answered 500.' }],
};

test('a mail says what failed, why, since when, where to look, and how to stop it', () => {
  const { subject, text, html } = writeAlert(failures, about);
  expect(subject).toBe('3 deliveries failed: hooks.example.com');
  for (const part of [text, html]) {
    expect(part).toContain('since 2026-01-15 12:30:00 UTC');
    for (const line of [about.url, 'The shop', 'ep_1 of acme', '2 × order.sent', '3 in all']) {
      expect(part).toContain(line);
    }
    expect(part).toContain('2026-01-15 12:30:00 UTC order.paid: The endpoint answered 500.');
    expect(part).toContain(about.lookUrl);
    expect(part).toContain(about.unsubscribeUrl);
  }
});

test.each([
  ['failing', 'Webhook endpoint is failing: hooks.example.com', 'It began to fail'],
  ['recovered', 'Webhook endpoint works again: hooks.example.com', 'It recovered'],
  ['disabled', 'Webhook endpoint was disabled: hooks.example.com', 'It was disabled'],
] as const)('a mail of an endpoint that is %s says so', (kind, subject, words) => {
  const change = { kind, at, since: at - 60_000, reason: 'The endpoint answered 503.' };
  const mail = writeAlert({ ...failures, changes: [change] }, about);
  expect(mail.subject).toBe(subject);
  expect(mail.text).toContain(`${words}, failing since 2026-01-15 12:29:00 UTC: The endpoint answered 503.`);
});

test('a change says at which event type it happened, where one led to it', () => {
  const change = {
    kind: 'failing',
    at,
    reason: 'The endpoint answered 503.',
    eventType: 'order.paid',
  } as const;
  const { text } = writeAlert({ ...quiet, changes: [change] }, about);
  expect(text).toContain('It began to fail: The endpoint answered 503. (order.paid)');
});

test('nothing that others wrote is taken for markup', () => {
  const hostile = `"><script>alert('1')</script>&amp;`;
  const error = { at, eventType: 'order.paid', error: hostile };
  const { html } = writeAlert(
    {
      ...failures,
      types: { [hostile]: 1 },
      errors: [error],
      changes: [{ kind: 'disabled', at, reason: hostile }],
    },
    { ...about, url: `https://example.com/?${hostile}`, description: hostile },
  );
  expect(html).not.toContain('<script');
  expect(html).not.toContain(`">&#60;script`);
  expect(html).not.toContain('&amp;');
  expect(html.split('&#60;script&#62;').length - 1).toBe(5);
});

test('no text can add a line or a header of its own, or grow the mail', () => {
  const error = {
    at,
    eventType: 'order.paid',
    error: `one\r\nBcc: all@example.com\u0000${'x'.repeat(9_000)}`,
  };
  const { subject, text } = writeAlert(
    { ...failures, errors: [error] },
    { ...about, url: 'https://a.example/\r\n' },
  );
  expect(subject).not.toMatch(/[\r\n]/);
  expect(text).not.toMatch(/^\s*Bcc:/m);
  expect(text.length).toBeLessThan(1_500);
});
