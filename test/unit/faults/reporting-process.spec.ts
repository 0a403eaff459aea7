import { CONTENT_KEY } from '../../faults/driver/numbered-events.js';
import { ReportingProcess } from '../../faults/driver/reporting-process.js';

/** Ends when its script has; whether waiting for it says that it wrote data of an event. */
async function showsData(script: string): Promise<boolean> {
  const process_ = new ReportingProcess(
    { program: process.execPath, args: ['-e', script] },
    () => undefined,
  );
  try {
    await process_.read(20_000);
    return false;
  } catch (error) {
    expect(String(error)).toContain('it wrote data of an event');
    return true;
  }
}

const writing = (text: string, stream = 'stderr'): string =>
  `process.${stream}.write(${JSON.stringify(`a line about ${text}\n`)})`;
const body = Buffer.from(`\u0000\u0004s${CONTENT_KEY}\u0002`);

describe('a process of a fault run', () => {
  it.each([
    ['as text on standard error', writing(CONTENT_KEY)],
    ['as text on standard output', writing(CONTENT_KEY, 'stdout')],
    ['in hexadecimal', writing(body.toString('hex'))],
    ['in base64', writing(body.toString('base64'))],
    [
      'in base64, in another place of a group of three',
      writing(body.subarray(1).toString('base64')),
    ],
    [
      'in two pieces',
      `process.stderr.write(${JSON.stringify(CONTENT_KEY.slice(0, 9))}, () => setTimeout(() => process.stderr.write(${JSON.stringify(CONTENT_KEY.slice(9))}), 50))`,
    ],
  ])('fails its run if its log shows the data of an event: %s', async (_, script) => {
    expect(await showsData(script)).toBe(true);
  });

  it('does not fail for a line with topic, id and fields', async () => {
    const fields = { bus: 'default', topic: 'enrolments', eventId: '0b5e', code: 'HALTED' };
    expect(await showsData(writing(JSON.stringify(fields)))).toBe(false);
  });
});
