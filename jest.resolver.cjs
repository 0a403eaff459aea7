// './x.js' in our own TypeScript sources means './x.ts'; node_modules is left alone.
const inNodeModules = /[\\/]node_modules[\\/]/;
module.exports = (request, options) => {
  if (/^\.{1,2}\/.*\.js$/.test(request) && !inNodeModules.test(options.basedir)) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      /* a real .js file */
    }
  }
  return options.defaultResolver(request, options);
};
