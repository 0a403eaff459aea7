import { describe, expect, it } from '@jest/globals';
import { accepts } from './java-service.js';
import { startRegistry, type SchemaRegistryServer } from './registry.js';

async function register(registry: SchemaRegistryServer, subject: string, schema: unknown) {
  const response = await fetch(`${registry.url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema), schemaType: 'AVRO' }),
  });
  return { status: response.status, body: (await response.json()) as { id?: number } };
}

describe('startRegistry', () => {
  it('keeps schemas and ids over SIGKILL, until it is stopped', async () => {
    const registry = await startRegistry();
    try {
      const first = await register(registry, 's', { name: 'a', type: 'string' });
      const second = await register(registry, 's2', { name: 'b', type: 'long' });
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(second.body.id).not.toBe(first.body.id);

      await registry.kill('SIGKILL');
      await registry.restart();
      const answer = await fetch(`${registry.url}/schemas/ids/${second.body.id}`);
      expect(await answer.json()).toMatchObject({ schema: expect.stringContaining('long') });
      expect(await register(registry, 's', { name: 'a', type: 'string' })).toEqual(first);
    } finally {
      await registry.stop();
    }
    await registry.stop();
    expect(await accepts(Number(new URL(registry.url).port))).toBe(false);
  }, 120_000);
});
