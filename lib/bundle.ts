import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';

/** What some CommonJS packages still call; ES modules have no `require` of their own. */
const REQUIRE =
  "import{createRequire as posthornCreateRequire}from'node:module';const require=posthornCreateRequire(import.meta.url);";

/**
 * Bundles one function's entry into `outDir`: `index.mjs`, and a chunk for everything that is imported on demand.
 * The AWS SDK is bundled too, since the runtime's own copy is slower to load and changes under us.
 *
 * @param entry name of a file in lambdas/, without its ending
 * @returns esbuild's account of what went in
 */
export function bundle(entry: string, outDir: string): Metafile {
  const root = packageRoot();
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: { index: join('lambdas', `${entry}.ts`) },
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['module'],
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    // @datadog/sketches-js asks for it where a sketch is written as protobuf, which ours never are.
    external: ['protobufjs/minimal'],
    // An embedding app's own compiler settings must not change what these functions are.
    tsconfigRaw: {},
    metafile: true,
    logLevel: 'silent',
  });
  return metafile;
}

/** The same as a Lambda asset, named by its content: an unchanged function is not deployed again. */
export function bundledCode(entry: string): Code {
  return Code.fromAsset(join(packageRoot(), 'lambdas'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below always answers. CDK skips it for stacks that are not deployed.
      image: DockerImage.fromRegistry('none'),
      // CDK bundles equal options once; the command is what tells two functions apart.
      command: [entry],
      local: {
        tryBundle(outDir) {
          bundle(entry, outDir);
          return true;
        },
      },
    },
  });
}

/** The directory that holds `lambdas/`: one up from the sources, two up from the built package. */
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'lambdas'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no lambdas directory above ${import.meta.url}`);
    directory = parent;
  }
  return directory;
}
