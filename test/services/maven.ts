import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child-process.js';
import { javaTools } from './java.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

/** `group:artifact:version`, with `:type:classifier` where it is not a plain jar. */
export type Coordinates = string;

/**
 * The folder of the cache that holds these jars of Maven Central, with all that they need to run.
 * Throws ServiceUnavailableError.
 */
export function mavenLibraries(name: string, jars: readonly Coordinates[]): Promise<string> {
  return provided(name, async (folder) => {
    const { maven } = await javaTools();
    await writeFile(join(folder, 'pom.xml'), pomOf(jars));
    await maven(
      ['-B', '-q', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies'].concat([
        ...['-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
      ]),
      folder,
    );
  });
}

/** The folder of the cache that holds what this archive of Maven Central has in it. Throws ServiceUnavailableError. */
export function mavenArchive(name: string, archive: Coordinates): Promise<string> {
  return provided(name, async (folder) => {
    const { maven } = await javaTools();
    await maven(
      ['-B', '-q', 'dependency:copy', `-Dartifact=${archive}`, `-DoutputDirectory=${folder}`],
      folder,
    );
    for (const file of await readdir(folder)) {
      await run('tar', ['-xzf', file], { cwd: folder });
      await rm(join(folder, file));
    }
  });
}

async function provided(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  try {
    return await cachedFolder(name, fill);
  } catch (error) {
    if (error instanceof ServiceUnavailableError) throw error;
    throw new ServiceUnavailableError(
      name,
      `it could not be had from Maven Central (${(error as Error).message})`,
      'install Maven 3.8 or newer (apt-get install maven) and make Maven Central or a mirror of it reachable, or start Docker',
      error,
    );
  }
}

function pomOf(jars: readonly Coordinates[]): string {
  const dependencies = jars.map((jar) => {
    const [group, artifact, version] = jar.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>libraries</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
