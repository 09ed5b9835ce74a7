import CPostgres
import HNSW
import Vectors

/// The codes of edges while they are worked out, one after the other: the only place where an edge
/// gets its code.
@safe struct EdgeEncoder: ~Copyable {
  let format: CodeFormat
  /// What all vectors are relative to; zero for an index that was built empty.
  private var mean: GrowableBuffer<Float>
  /// Room for a stored vector, decoded.
  private(set) var vector: GrowableBuffer<Float>
  private var host: GrowableBuffer<Float>
  private var neighbour: GrowableBuffer<Float>
  private var centred: GrowableBuffer<Float>
  /// The edges encoded so far: the codes, `codeBytes` each, and their factors.
  private var codes: GrowableBuffer<UInt8>
  private var factors: GrowableBuffer<CodeFactors>

  init(_ format: CodeFormat, mean: consuming GrowableBuffer<Float>) {
    self.format = format
    self.mean = mean
    vector = GrowableBuffer(serverMemory, capacity: format.dimensions)
    host = GrowableBuffer(serverMemory, capacity: format.rotated)
    neighbour = GrowableBuffer(serverMemory, capacity: format.rotated)
    centred = GrowableBuffer(serverMemory, capacity: format.dimensions)
    codes = GrowableBuffer(serverMemory)
    factors = GrowableBuffer(serverMemory)
  }

  /// How many edges are encoded.
  var count: Int { factors.count }

  mutating func removeAll() { factors.removeAll() }

  /// Begins with the vertex that the next neighbours are relative to, as it is stored.
  mutating func begin(host vector: UnsafeRawPointer) {
    unsafe rotate(vector, into: host.memory)
  }

  /// As `begin(host:)`, with what `rotate` makes of the vector.
  func begin(rotatedHost vector: UnsafePointer<Float>) {
    unsafe UnsafeMutableRawPointer(host.memory).copyMemory(
      from: vector, byteCount: format.rotated &* MemoryLayout<Float>.stride)
  }

  /// Begins with a neighbour, as it is stored, of which several vertices get an edge.
  mutating func begin(neighbour vector: UnsafeRawPointer) {
    unsafe rotate(vector, into: neighbour.memory)
  }

  /// Encodes the edge to a neighbour, as it is stored.
  mutating func append(_ vector: UnsafeRawPointer) {
    unsafe begin(neighbour: vector)
    unsafe append(rotated: neighbour.memory)
  }

  /// Encodes the edge to the neighbour begun with, from a vertex as it is stored.
  mutating func append(from vector: UnsafeRawPointer) {
    unsafe begin(host: vector)
    unsafe append(rotated: neighbour.memory)
  }

  /// As `append`, with what `rotate` makes of the vector.
  mutating func append(rotated vector: UnsafePointer<Float>) {
    // SAFETY: room is made for as many codes as there will be factors.
    let start = count &* format.codeBytes
    codes.reserve(doublingTo: start &+ format.codeBytes)
    factors.append(unsafe format.encode(vector, at: host.memory, into: codes.memory + start))
  }

  /// A neighbour that has gone is estimated to be infinitely far.
  mutating func appendGone() {
    let start = count &* format.codeBytes
    codes.reserve(doublingTo: start &+ format.codeBytes)
    for i in start..<(start &+ format.codeBytes) { unsafe codes.memory[i] = 0 }
    factors.append(CodeFactors(a: .infinity, b: 0))
  }

  /// Writes an edge's code to the vertex's record.
  func write(_ number: Int, to record: VertexRecord, place: Int) {
    // SAFETY: numbers are below the count.
    unsafe record.setCode(
      codes.memory + number &* format.codeBytes, factors[number], at: place)
  }

  /// Writes all to a record, each to the place of its number.
  func writeAll(to record: VertexRecord) {
    for number in 0..<count { write(number, to: record, place: number) }
  }

  /// Writes the mean to pages of its own, and returns the first one's block.
  func writeMean(to file: IndexFile) -> BlockNumber { file.writeMean(mean) }

  /// The rotated difference of a vector and the mean.
  mutating func rotate(_ vector: UnsafeRawPointer, into room: UnsafeMutablePointer<Float>) {
    // SAFETY: the caller's vector has `dimensions` floats, and the room `rotated`.
    let vector = unsafe vector.assumingMemoryBound(to: Float.self)
    let mean = unsafe mean.memory
    let centred = unsafe centred.memory
    for i in 0..<format.dimensions { unsafe centred[i] = vector[i] - mean[i] }
    unsafe format.rotate(centred, into: room)
  }
}
