/** Loaded by `--import`: finds `posthorn-client` in this repository, as an installed package would be found. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'posthorn-client'
      ? next(new URL('../../client/posthorn.ts', import.meta.url).href, context)
      : next(specifier, context),
});
