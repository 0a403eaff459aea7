/** Packages that compress, in the order of preference for each compression. */
export type CodecPackage =
  'kafkajs-snappy' | 'kafkajs-lz4' | 'lz4-napi' | 'node:zlib' | '@mongodb-js/zstd';

/**
 * What a package exports. Rejects where it is not installed.
 *
 * Bundlers see an import by its name, and take one within `try` for optional.
 */
export async function loadCodecPackage(name: CodecPackage): Promise<unknown> {
  try {
    switch (name) {
      case 'kafkajs-snappy':
        return exported(await import('kafkajs-snappy'));
      case 'kafkajs-lz4':
        return exported(await import('kafkajs-lz4'));
      case 'lz4-napi':
        return exported(await import('lz4-napi'));
      case '@mongodb-js/zstd':
        return exported(await import('@mongodb-js/zstd'));
      case 'node:zlib':
        return exported(await import('node:zlib'));
    }
  } catch (error) {
    throw new Error(`${name} cannot be loaded`, { cause: error });
  }
}

/** What compilers make of an import of CommonJS may lack `default`. */
function exported(module: object & { readonly default?: unknown }): unknown {
  return module.default ?? module;
}
