/**
 * Who may import whom. Data travels one way, and so do imports: the rules below are lists of what is allowed, so
 * that a new directory is forbidden until somebody decides otherwise.
 */
const NODE_BUILT_IN = ['^node:', '^(fs|path|url|crypto|http|https|net|dns|zlib|stream|timers|util)(/|$)'];
const CDK = '(^|/)(aws-cdk-lib|constructs|cdk-nag)(/|$)';
const AWS_SDK = '(^|/)@(aws-sdk|smithy)/';

/** @param {string} name @param {string} from @param {string[]} allowed @param {string} comment */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});

/** @param {string} name @param {object} from @param {object} to @param {string} comment */
const never = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

const OUR_OWN = '^(bin|lib|lambdas|openapi|core|dashboard|client|cli|local|bench|test|examples|dist)/';
const HANDLER = '^lambdas/[^/]+\\.ts$';

export default {
  forbidden: [
    only(
      'core-stays-pure',
      '^core/',
      ['^core/', '^(node:)?crypto$'],
      'Rules take time, chance and data as arguments.',
    ),
    only(
      'dialects-stay-apart',
      '^core/dialects/(?!(index|dialect|schema|file-event)\\.ts$)',
      ['^core/dialects/(dialect|schema|file-event)\\.ts$'],
      'A dialect is one file; only the table knows them all.',
    ),

    never(
      'adapters-serve-handlers',
      { path: '^lambdas/adapters/' },
      { path: OUR_OWN, pathNot: '^(core|lambdas/adapters)/' },
      'An adapter knows the rules and its service, never who calls it.',
    ),
    never(
      'middleware-serves-handlers',
      { path: '^lambdas/(middleware|operations)/' },
      { path: OUR_OWN, pathNot: '^(core|lambdas/(adapters|middleware|operations))/' },
      'What handlers share knows no handler.',
    ),
    never(
      'handlers-stay-apart',
      { path: HANDLER },
      { path: OUR_OWN, pathNot: '^(core|lambdas/(adapters|middleware|operations))/' },
      'Each function is bundled alone; what two of them need is an adapter, middleware or an operation.',
    ),
    never(
      'no-cdk-at-run-time',
      { path: '^(lambdas|core|client|dashboard)/' },
      { path: CDK },
      'Bundles would carry it.',
    ),

    never(
      'lib-names-entries-only',
      { path: '^lib/' },
      { path: OUR_OWN, pathNot: '^(lib|core)/' },
      'Constructs name the entry files of functions and share constants with them.',
    ),
    only(
      'lib-builds-with-cdk',
      '^lib/',
      [OUR_OWN, CDK, '(^|/)esbuild(/|$)', ...NODE_BUILT_IN],
      'Whatever else synthesis needs, an embedding app would have to install.',
    ),
    never(
      'bin-makes-the-stack',
      { path: '^bin/' },
      { path: OUR_OWN, pathNot: '^(bin|lib|core)/' },
      'Settings in, stack out.',
    ),

    only(
      'client-stands-alone',
      '^client/',
      ['^client/', '^core/', ...NODE_BUILT_IN],
      'It runs at our users’.',
    ),
    never(
      'client-signs-and-nothing-more',
      { path: '^client/' },
      { path: '^core/', pathNot: '^core/(sign\\.ts$|dialects/)', dependencyTypesNot: ['type-only'] },
      'Signatures and dialects are shared with receivers; the other rules are ours. Types are free.',
    ),
    never(
      'command-line-uses-the-client',
      { path: '^cli/' },
      { path: OUR_OWN, pathNot: '^(cli|client|core)/' },
      'It calls the API like everybody else, and signs by the rules of core.',
    ),
    never(
      'dashboard-uses-the-client',
      { path: '^dashboard/' },
      { path: OUR_OWN, pathNot: '^(dashboard|client|core)/' },
      'The page calls the API like everybody else.',
    ),
    never(
      'dashboard-takes-types-from-core',
      { path: '^dashboard/' },
      { path: '^core/', dependencyTypesNot: ['type-only'] },
      'No rule may run twice, here and in the API.',
    ),
    never(
      'no-sdk-but-in-functions',
      { path: '^(dashboard|client|cli|lib|bin|core)/', pathNot: '^cli/bucket-settings\\.ts$' },
      { path: AWS_SDK },
      "Adapters talk to AWS; and one command, by its user's own credentials.",
    ),

    never(
      'nobody-calls-handlers',
      { path: '^(local|bench|examples)/' },
      { path: HANDLER },
      'They use the deployed platform, through its API.',
    ),
    never(
      'the-document-describes-the-api',
      { path: '^openapi/' },
      {
        path: OUR_OWN,
        pathNot:
          '^(core/|openapi/|lambdas/(manage|documents)\\.ts$|lambdas/(adapters|middleware|operations)/)',
      },
      'It is made of the schemas that validate.',
    ),
    never(
      'nobody-makes-the-document-but-its-command',
      { pathNot: '^(openapi|test)/' },
      { path: '^openapi/' },
      'It is committed, so that no function and no embedding app has to make it.',
    ),
    never(
      'no-tests-in-the-product',
      { pathNot: '^(test|bench)/' },
      { path: '^(test|bench)/' },
      'What is shipped must not need what is not.',
    ),
    never('no-circles', {}, { circular: true }, 'Data travels one way.'),
    never(
      'no-broken-imports',
      {},
      // The examples import the client by its published name; the type check resolves it.
      { couldNotResolve: true, pathNot: '^posthorn-client$' },
      'A path that does not exist, or a package not installed.',
    ),
  ],
  options: {
    // TypeScript 7 has no JavaScript API for the default parser; swc also sees imports of types.
    parser: 'swc',
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '(^|/)(cdk\\.out|dist|\\.local)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts', '.json'],
    },
  },
};
