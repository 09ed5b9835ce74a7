/// An order of a graph's nodes in which neighbours come together, in groups of so many: what a page
/// holds.
///
/// A search that expands a node measures its neighbours, so it touches fewer pages the more of them
/// share one. A group grows from one node by its nearest neighbours, then by theirs. The next one
/// begins beside it, so that nodes whose groups are near each other have neighbours in common. Cost:
/// each list is read two or three times.
@safe public struct LocalityOrder: ~Copyable {
  /// The nodes in their new order.
  private var nodes: GrowableBuffer<VertexID>
  /// The place of each node in it.
  private var places: GrowableBuffer<UInt32>

  /// Nodes with a place whose neighbours may not all have one, the last placed last.
  private var edge: GrowableBuffer<VertexID>
  private var list = NeighbourList()

  public init(_ allocator: Allocator, _ graph: borrowing MemoryGraph, groupSize: Int) {
    nodes = GrowableBuffer(allocator, capacity: graph.count)
    places = GrowableBuffer(allocator, capacity: graph.count)
    edge = GrowableBuffer(allocator, capacity: graph.count)
    for _ in 0..<graph.count { places.append(.none) }
    for node in 0..<VertexID(truncatingIfNeeded: graph.count) where places[Int(node)] == .none {
      grow(from: node, in: graph, groupSize: groupSize)
      while let next = nextOnEdge(of: graph) {
        graph.checkForInterrupts()
        grow(from: next, in: graph, groupSize: groupSize)
      }
    }
  }

  /// The node that comes at a place.
  public func node(at place: Int) -> VertexID { nodes[place] }
  /// The place at which a node comes.
  public func place(of node: VertexID) -> UInt32 { places[Int(node)] }

  private mutating func grow(
    from seed: VertexID, in graph: borrowing MemoryGraph, groupSize: Int
  ) {
    var next = nodes.count
    append(seed)
    while next < nodes.count && nodes.count % groupSize != 0 {
      graph.readList(of: nodes[next], level: 0, into: &list)
      next &+= 1
      append(list, groupSize: groupSize)
    }
  }

  /// Gives places to those neighbours that have none, until the group is full.
  private mutating func append(_ list: NeighbourList, groupSize: Int) {
    var index = 0
    while index < list.count && nodes.count % groupSize != 0 {
      if places[Int(list.id(index))] == .none { append(list.id(index)) }
      index &+= 1
    }
  }

  /// A neighbour without a place of the last node that has one; nil when there is none.
  private mutating func nextOnEdge(of graph: borrowing MemoryGraph) -> VertexID? {
    while !edge.isEmpty {
      graph.readList(of: edge[edge.count &- 1], level: 0, into: &list)
      if let next = firstWithoutPlace(list) { return next }
      edge.truncate(to: edge.count &- 1)
    }
    return nil
  }

  private func firstWithoutPlace(_ list: borrowing NeighbourList) -> VertexID? {
    for index in 0..<list.count where places[Int(list.id(index))] == .none {
      return list.id(index)
    }
    return nil
  }

  private mutating func append(_ node: VertexID) {
    places[Int(node)] = UInt32(truncatingIfNeeded: nodes.count)
    nodes.append(node)
    edge.append(node)
  }
}
