declare module 'kafkajs-snappy' {
  const codec: object;
  export default codec;
}

declare module 'kafkajs-lz4' {
  const codec: object;
  export default codec;
}
