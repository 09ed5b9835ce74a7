import Vectors

// The codes of edges.
extension MemoryGraph {
  /// Lets searches go by estimates of the distances from a query, which must outlive them, if nodes
  /// keep codes and there is a node. Cost: a rotation, and filling its tables.
  public mutating func estimate(from query: UnsafeRawPointer) {
    // The first node is whole once it is the entry point.
    guard let format = layout.code, entry != nil else { return }
    if coder == nil {
      coder = GraphCoder(
        allocator, CentredRotation(allocator, format, origin: origin(allocator)), count: capacity,
        bytes: codingBytes)
    }
    unsafe self.query = unsafe query
    tables = unsafe coder?.tables(for: query)
  }

  /// What the vectors of codes are relative to: any vector of the graph will do, so it is the first;
  /// zero where there is none.
  public func origin(_ allocator: Allocator) -> GrowableBuffer<Float> {
    var origin = GrowableBuffer<Float>(allocator, capacity: dimensions)
    for _ in 0..<dimensions { origin.append(0) }
    if entry != nil { unsafe format.decode(codes(of: 0), code(of: 0), into: origin.memory) }
    return origin
  }

  /// Begins to code the edges of a new node, to and from it.
  mutating func beginCoding(of vertex: VertexID) {
    let stored = storedVector(of: vertex)
    coder?.begin(vertex, numbered: vertex, stored)
  }

  /// Encodes the edge to the new node from a neighbour.
  mutating func encodeEdge(from neighbour: VertexID) {
    let stored = storedVector(of: neighbour)
    encoded = coder?.encode(from: neighbour, stored)
  }

  /// How many neighbours ahead one is prefetched to be encoded.
  private static var codingPrefetchDistance: Int { 2 }

  /// Writes the codes of a new node's first neighbours, before anybody else knows of its list.
  mutating func writeCodes(of vertex: VertexID, level: Int, _ list: borrowing NeighbourList) {
    if tables == nil { return }
    let coded = lists(level).coded(index(of: vertex, level: level))
    let ahead = Self.codingPrefetchDistance
    for place in 0..<min(ahead, list.count) { coder?.prefetch(numbered: list.id(place)) }
    for place in 0..<list.count {
      if place &+ ahead < list.count { coder?.prefetch(numbered: list.id(place &+ ahead)) }
      let neighbour = list.id(place)
      let stored = storedVector(of: neighbour)
      encoded = coder?.encode(to: neighbour, numbered: neighbour, stored)
      if let encoded { coded.set(neighbour, encoded, at: place) }
    }
  }

  /// The code of the edge from a vertex to one of its neighbours, of `layout.code`; nil where that is
  /// none.
  public func edgeCode(from vertex: VertexID, to neighbour: VertexID, level: Int) -> EdgeCode? {
    let coded = lists(level).coded(index(of: vertex, level: level))
    return coded.place(of: neighbour).map { coded.code(at: $0) }
  }

  /// A node's vector.
  public func storedVector(of vertex: VertexID) -> StoredVector {
    unsafe StoredVector(codes: codes(of: vertex), code: code(of: vertex), format: format)
  }
}
