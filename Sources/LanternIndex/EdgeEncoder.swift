import CPostgres
import HNSW
import Vectors

/// The codes of one vertex's neighbours while they are worked out: the only place where an edge
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
  /// The codes and factors of the neighbours encoded so far, by their places.
  private var codes: GrowableBuffer<UInt8>
  private var factors: GrowableBuffer<CodeFactors>

  /// An encoder for lists of up to `degree` neighbours.
  init(_ format: CodeFormat, mean: consuming GrowableBuffer<Float>, degree: Int) {
    self.format = format
    self.mean = mean
    vector = GrowableBuffer(serverMemory, capacity: format.dimensions)
    host = GrowableBuffer(serverMemory, capacity: format.rotated)
    neighbour = GrowableBuffer(serverMemory, capacity: format.rotated)
    centred = GrowableBuffer(serverMemory, capacity: format.dimensions)
    codes = GrowableBuffer(serverMemory, capacity: format.codeBytes(degree: degree))
    factors = GrowableBuffer(serverMemory, capacity: degree)
    for _ in 0..<format.codeBytes(degree: degree) { codes.append(0) }
    for _ in 0..<format.padded(degree: degree) { factors.append(CodeFactors(a: .infinity, b: 0)) }
  }

  /// Begins with the vertex that the neighbours are relative to, as it is stored.
  mutating func begin(host vector: UnsafeRawPointer) {
    unsafe rotate(vector, into: host.memory)
  }

  /// Encodes a neighbour, as it is stored.
  mutating func encode(_ vector: UnsafeRawPointer, place: Int) {
    unsafe rotate(vector, into: neighbour.memory)
    unsafe encode(rotated: neighbour.memory, place: place)
  }

  /// As `begin(host:)`, with what `rotate` makes of the vector.
  func begin(rotatedHost vector: UnsafePointer<Float>) {
    unsafe UnsafeMutableRawPointer(host.memory).copyMemory(
      from: vector, byteCount: format.rotated &* MemoryLayout<Float>.stride)
  }

  /// As `encode(_:place:)`, with what `rotate` makes of the vector.
  mutating func encode(rotated vector: UnsafePointer<Float>, place: Int) {
    // SAFETY: places are below the degree.
    factors[place] = unsafe format.encode(
      vector, at: host.memory, place: place, into: codes.memory)
  }

  /// A neighbour that has gone is estimated to be infinitely far.
  mutating func encodeGone(place: Int) { factors[place] = CodeFactors(a: .infinity, b: 0) }

  /// Begins with the codes that a record has, each at its place.
  mutating func begin(copyOf record: VertexRecord) {
    unsafe UnsafeMutableRawPointer(codes.memory).copyMemory(
      from: record.neighbourCodes, byteCount: format.codeBytes(degree: record.degree))
    for place in 0..<record.degree { factors[place] = record.factors(place) }
  }

  /// Takes over a neighbour's code from a record where it is number `from`.
  mutating func copy(from: Int, of record: VertexRecord, to place: Int) {
    factors[place] = record.factors(from)
    unsafe format.copy(place: from, of: record.neighbourCodes, to: place, of: codes.memory)
  }

  /// Begins with a neighbour, as it is stored, of which several vertices get an edge.
  mutating func begin(neighbour vector: UnsafeRawPointer) {
    unsafe rotate(vector, into: neighbour.memory)
  }

  /// Encodes an edge to that neighbour, from a vertex as it is stored.
  mutating func encodeEdge(from vector: UnsafeRawPointer, place: Int) {
    unsafe begin(host: vector)
    factors[place] = unsafe format.encode(
      neighbour.memory, at: host.memory, place: place, into: codes.memory)
  }

  /// Takes over a code from another encoder.
  mutating func copy(from: Int, of other: borrowing EdgeEncoder, to place: Int) {
    factors[place] = other.factors[from]
    unsafe format.copy(place: from, of: other.codes.memory, to: place, of: codes.memory)
  }

  /// Writes the codes of so many neighbours to the vertex's record.
  func write(to record: VertexRecord, count: Int) {
    for place in 0..<count { record.setFactors(place, factors[place]) }
    unsafe record.neighbourCodes.copyMemory(
      from: codes.memory, byteCount: format.codeBytes(degree: count))
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
