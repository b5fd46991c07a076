/** Every suite runs as ES modules on Node 24, so tests load exactly what the functions load. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  // The examples import the client by its published name.
  moduleNameMapper: { '^posthorn-client$': '<rootDir>/client/posthorn.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.local/'],
};

export default {
  // A suite of its own emulator and functions per worker: more only makes them slower.
  maxWorkers: 2,
  // Longer than what the end-to-end tests wait for at most, so that they can say what they waited for.
  testTimeout: 240_000,
  // A test that fails half-way may leave a receiver listening; the run ends with its verdict all the same.
  forceExit: true,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/e2e/'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/e2e/permissions/'],
      // One local AWS for all of these suites; it starts only when one of them is selected.
      globalSetup: '<rootDir>/test/e2e/global-setup.mjs',
      globalTeardown: '<rootDir>/test/e2e/global-teardown.mjs',
    },
    {
      ...shared,
      displayName: 'permissions',
      // Starts a local AWS of its own, which enforces permissions.
      testMatch: ['<rootDir>/test/e2e/permissions/**/*.test.ts'],
    },
  ],
};
