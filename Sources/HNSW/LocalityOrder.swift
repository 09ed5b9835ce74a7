/// An order of a graph's nodes in which neighbours come together, in groups of so many: what a page
/// holds.
///
/// A search that expands a node measures its neighbours, so it touches fewer pages the more of them
/// share one. A group grows from one node by its nearest neighbours, then by theirs; what no group
/// can reach starts another. Cost: each list is read once.
@safe public struct LocalityOrder: ~Copyable {
  /// The nodes in their new order.
  private var nodes: GrowableBuffer<VertexID>
  /// The place of each node in it.
  private var places: GrowableBuffer<UInt32>

  public init(_ allocator: Allocator, _ graph: borrowing MemoryGraph, groupSize: Int) {
    nodes = GrowableBuffer(allocator, capacity: graph.count)
    places = GrowableBuffer(allocator, capacity: graph.count)
    for _ in 0..<graph.count { places.append(.none) }
    for node in 0..<VertexID(truncatingIfNeeded: graph.count) where places[Int(node)] == .none {
      grow(from: node, in: graph, groupSize: groupSize)
    }
  }

  /// The node that comes at a place.
  public func node(at place: Int) -> VertexID { nodes[place] }
  /// The place at which a node comes.
  public func place(of node: VertexID) -> UInt32 { places[Int(node)] }

  private mutating func grow(
    from seed: VertexID, in graph: borrowing MemoryGraph, groupSize: Int
  ) {
    var list = NeighbourList()
    var next = nodes.count
    append(seed)
    while next < nodes.count && nodes.count % groupSize != 0 {
      graph.readList(of: nodes[next], level: 0, into: &list)
      next &+= 1
      var index = 0
      while index < list.count && nodes.count % groupSize != 0 {
        if places[Int(list.ids[index])] == .none { append(list.ids[index]) }
        index &+= 1
      }
    }
  }

  private mutating func append(_ node: VertexID) {
    places[Int(node)] = UInt32(truncatingIfNeeded: nodes.count)
    nodes.append(node)
  }
}
