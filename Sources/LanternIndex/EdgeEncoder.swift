import CPostgres
import HNSW
import Vectors

/// The codes of edges while they are worked out, one after the other: the only place where an edge
/// gets its code.
@safe struct EdgeEncoder: ~Copyable {
  let format: CodeFormat
  /// What all vectors are relative to, so that rotated components are small: any that is among them
  /// will do.
  let origin: GrowableBuffer<Float>
  /// Room for a stored vector, decoded.
  private(set) var vector: GrowableBuffer<Float>
  private var host: GrowableBuffer<Float>
  private var neighbour: GrowableBuffer<Float>
  private var centred: GrowableBuffer<Float>
  /// The edges encoded so far: the codes, `codeBytes` each, and their factors.
  private var codes: GrowableBuffer<UInt8>
  private var factors: GrowableBuffer<CodeFactors>

  init(_ format: CodeFormat, origin: consuming GrowableBuffer<Float>) {
    self.format = format
    self.origin = origin
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

  /// Begins with a neighbour, as it is stored, of which several vertices get an edge.
  mutating func begin(neighbour vector: UnsafeRawPointer) {
    unsafe rotate(vector, into: neighbour.memory)
  }

  /// Encodes the edge to a neighbour, as it is stored.
  mutating func append(_ vector: UnsafeRawPointer) {
    unsafe begin(neighbour: vector)
    unsafe append(rotated: neighbour.memory, at: host.memory)
  }

  /// Encodes the edge to the neighbour begun with, from a vertex as it is stored.
  mutating func append(from vector: UnsafeRawPointer) {
    unsafe begin(host: vector)
    unsafe append(rotated: neighbour.memory, at: host.memory)
  }

  /// Encodes the edge to a neighbour from a host, both as `rotate` makes them.
  mutating func append(
    rotated neighbour: UnsafePointer<Float>, at host: UnsafePointer<Float>
  ) {
    // SAFETY: room is made for as many codes as there will be factors.
    let room = unsafe nextCode()
    factors.append(unsafe format.encode(neighbour, at: host, into: room))
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

  /// The rotated difference of a vector and the origin.
  mutating func rotate(_ vector: UnsafeRawPointer, into room: UnsafeMutablePointer<Float>) {
    // SAFETY: the caller's vector has `dimensions` floats, and the room `rotated`.
    let vector = unsafe vector.assumingMemoryBound(to: Float.self)
    let origin = unsafe origin.memory
    let centred = unsafe centred.memory
    for i in 0..<format.dimensions { unsafe centred[i] = vector[i] - origin[i] }
    unsafe format.rotate(centred, into: room)
  }

  /// Writes an edge's code to the vertex's record.
  func write(_ number: Int, to record: VertexRecord, place: Int) {
    // SAFETY: numbers are below the count.
    unsafe record.setCode(codes.memory + number &* format.codeBytes, factors[number], at: place)
  }

  /// Writes all to a record, each to the place of its number.
  func writeAll(to record: VertexRecord) {
    for number in 0..<count { write(number, to: record, place: number) }
  }
}
