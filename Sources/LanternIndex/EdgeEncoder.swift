import CPostgres
import HNSW
import Vectors

/// The codes of edges while they are worked out, one after the other: the only place where an edge
/// gets its code.
@safe struct EdgeEncoder: ~Copyable {
  var rotation: CentredRotation
  /// Room for a stored vector, decoded.
  private(set) var vector: GrowableBuffer<Float>
  private var host: GrowableBuffer<Float>
  private var neighbour: GrowableBuffer<Float>
  /// The edges encoded so far: the codes, `codeBytes` each, and their factors.
  private var codes: GrowableBuffer<UInt8>
  private var factors: GrowableBuffer<CodeFactors>

  init(_ rotation: consuming CentredRotation) {
    let format = rotation.format
    self.rotation = rotation
    vector = GrowableBuffer(serverMemory, capacity: format.dimensions)
    host = GrowableBuffer(serverMemory, capacity: format.rotated)
    neighbour = GrowableBuffer(serverMemory, capacity: format.rotated)
    codes = GrowableBuffer(serverMemory)
    factors = GrowableBuffer(serverMemory)
  }

  private var format: CodeFormat { rotation.format }

  /// How many edges are encoded.
  var count: Int { factors.count }

  mutating func removeAll() { factors.removeAll() }

  /// Begins with the vertex that the next neighbours are relative to, as it is stored.
  mutating func begin(host vector: UnsafeRawPointer) {
    unsafe rotation.rotate(vector, into: host.memory)
  }

  /// Begins with a neighbour, as it is stored, of which several vertices get an edge.
  mutating func begin(neighbour vector: UnsafeRawPointer) {
    unsafe rotation.rotate(vector, into: neighbour.memory)
  }

  /// Encodes the edge to a neighbour, as it is stored.
  mutating func append(_ vector: UnsafeRawPointer) {
    unsafe begin(neighbour: vector)
    append()
  }

  /// Encodes the edge to the neighbour begun with, from a vertex as it is stored.
  mutating func append(from vector: UnsafeRawPointer) {
    unsafe begin(host: vector)
    append()
  }

  private mutating func append() {
    // SAFETY: room is made for as many codes as there will be factors.
    let room = unsafe nextCode()
    factors.append(unsafe format.encode(neighbour.memory, at: host.memory, into: room))
  }

  /// A neighbour that has gone is estimated to be infinitely far.
  mutating func appendGone() {
    unsafe nextCode().update(repeating: 0, count: format.codeBytes)
    factors.append(.infinitelyFar)
  }

  private mutating func nextCode() -> UnsafeMutablePointer<UInt8> {
    let start = count &* format.codeBytes
    codes.reserve(doublingTo: start &+ format.codeBytes)
    return unsafe codes.memory + start
  }

  /// Writes an edge's code to the vertex's record.
  func write(_ number: Int, to record: VertexRecord, place: Int) {
    // SAFETY: numbers are below the count.
    let code = unsafe codes.memory + number &* format.codeBytes
    unsafe record.setCode(EdgeCode(code: code, factors: factors[number]), at: place)
  }

  /// Writes all to a record, each to the place of its number.
  func writeAll(to record: VertexRecord) {
    for number in 0..<count { write(number, to: record, place: number) }
  }
}
