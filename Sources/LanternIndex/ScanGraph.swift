import CPostgres
import HNSW
import Vectors

/// The graph as a scan sees it: what the search expands is remembered, at no further page access.
struct ScanGraph: ~Copyable {
  var graph: PagedGraph
  /// Nil when the scan has no order, and so does not search.
  let query: ScanQuery?
  /// Expanded nodes that have not been handed out.
  var found: GrowableBuffer<ScanRow>
  /// Where the vertices expanded on the way down lead, which saves reading them again.
  private var ways: GrowableBuffer<Way>

  private struct Way: BitwiseCopyable {
    let vertex: VertexID
    let lower: VertexID
    let level: Int
  }

  init(_ graph: consuming PagedGraph, query: ScanQuery?, _ meta: Meta) {
    self.graph = graph
    self.query = query
    found = GrowableBuffer(serverMemory)
    ways = GrowableBuffer(serverMemory)
    if let query { unsafe self.graph.estimate(from: query.components, meta) }
  }

  /// Begins the way down anew.
  mutating func forgetWays() { ways.removeAll() }
}

extension ScanGraph: GraphStore {
  var dimensions: Int { graph.dimensions }

  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    graph.readNeighbours(of: vertex, level: level, into: &list)
  }

  mutating func expand(_ candidate: Candidate, level: Int, into list: inout NeighbourList) {
    let query = self.query
    list.removeAll()
    var isValid = true
    var row: ScanRow?
    _ = graph.withVertex(candidate.vertex, level: level) { record in
      isValid = record.readNeighbours(into: &list)
      if level == 0, let query {
        row = ScanRow(record, vertex: candidate.vertex, distance: candidate.distance, query)
      }
    }
    if !isValid { graph.reportLongList(of: candidate.vertex, level: level) }
    if let row { found.append(row) }
  }

  var estimatesNeighbours: Bool { graph.estimatesNeighbours }

  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    guard let query, let tables = graph.tables else { return .nan }
    var isValid = true
    var row: ScanRow?
    var lower = VertexID.none
    let distance = graph.withVertex(vertex, level: level) { record in
      let distance = unsafe record.distance(from: query.components)
      isValid = record.appendNeighbours(
        within: limit, tables, distance: distance, to: &batch)
      if level == 0 {
        row = ScanRow(record, vertex: vertex, distance: distance, query)
      } else {
        lower = record.header.lower
      }
      return distance
    }
    if !isValid { graph.reportLongList(of: vertex, level: level) }
    if let row { found.append(row) }
    if level > 0 { ways.append(Way(vertex: vertex, lower: lower, level: level)) }
    return distance ?? .nan
  }

  func prefetch(_ vertex: VertexID, level: Int) { graph.prefetch(vertex, level: level) }

  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    unsafe graph.measure(from: query, &batch, level: level)
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    for index in 0..<ways.count where ways[index].vertex == vertex && ways[index].level == level {
      return ways[index].lower
    }
    return graph.lowerVertex(of: vertex, level: level)
  }

  mutating func checkForInterrupts() { graph.checkForInterrupts() }
}
