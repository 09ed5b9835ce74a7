import CPostgres
import HNSW

/// The graph on its pages with the vertices that a vacuum removes.
struct VacuumGraph: ~Copyable {
  var graph: PagedGraph
  var removedNodes = VertexSet()
  var removedUpper = VertexSet()

  init(_ graph: consuming PagedGraph) { self.graph = graph }
}

extension VacuumGraph: RepairableGraphStore {
  var dimensions: Int { graph.dimensions }

  func capacity(level: Int) -> Int { graph.capacity(level: level) }

  mutating func isRemoved(_ vertex: VertexID, level: Int) -> Bool {
    level == 0 ? removedNodes.contains(vertex) : removedUpper.contains(vertex)
  }

  mutating func estimate(from query: UnsafeRawPointer) {
    let file = graph.file
    unsafe graph.estimate(from: query, file.readMeta())
  }

  var estimatesNeighbours: Bool { graph.estimatesNeighbours }

  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    graph.expand(vertex, level: level, within: limit, into: &batch)
  }

  func prefetchVector(of vertex: VertexID, level: Int) {
    graph.prefetchVector(of: vertex, level: level)
  }

  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    graph.readNeighbours(of: vertex, level: level, into: &list)
  }

  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    unsafe graph.measure(from: query, &batch, level: level)
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    graph.lowerVertex(of: vertex, level: level)
  }

  /// Also a place where vacuum sleeps, if what it has read costs as much.
  mutating func checkForInterrupts() { lantern_vacuum_delay_point() }

  mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool {
    unsafe graph.loadVector(of: vertex, level: level, into: vector)
  }

  func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    unsafe graph.distance(a, b)
  }

  mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float {
    unsafe graph.edgeLength(of: vertex, vector, to: position, in: list, level: level)
  }

  var editsAtOnce: Int { graph.editsAtOnce }
  var prefersShortShifts: Bool { graph.prefersShortShifts }

  mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int
  ) {
    unsafe graph.replaceNeighbours(&edits, added: added, vector: vector, level: level)
  }
}
