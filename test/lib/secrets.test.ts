import { expect, test } from '@jest/globals';
import { resource, synthesize } from './synthesize.ts';

const template = synthesize();
const local = synthesize({ production: false });

test('the key that wraps endpoint secrets rotates, and outlives the stack in production', () => {
  const key = resource(template, 'AWS::KMS::Key', 'Secrets/DataKey');
  expect(key.Properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 });
  expect(key.DeletionPolicy).toBe('Retain');
  expect(resource(local, 'AWS::KMS::Key', 'Secrets/DataKey').DeletionPolicy).toBe('Delete');
});

test('the first operator key is made at deploy time and stands in no template', () => {
  const { Properties } = resource(template, 'AWS::SecretsManager::Secret', 'Secrets/OperatorKey');
  expect(Properties.GenerateSecretString).toEqual({ PasswordLength: 48, ExcludePunctuation: true });
  expect(Properties.SecretString).toBeUndefined();
});
