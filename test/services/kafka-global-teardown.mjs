export default async function stopKafka() {
  await globalThis.sharedKafka?.stop();
}
