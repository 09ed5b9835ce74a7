import CPostgres
import HNSW
import Vectors

/// A node that a scan has found, with the interval that its rows' true distances lie in.
struct ScanRow: BitwiseCopyable {
  let lower: Float
  let upper: Float
  let residual: Float
  let vertex: VertexID
  /// The head of the chain of further TIDs, or `.none`.
  let chain: UInt32
  let tid: UInt64
  /// False when the row of the node's first TID was vacuumed, and only the chain has others.
  let hasTID: Bool

  /// Nil when the node is being removed.
  init?(_ record: VertexRecord, vertex: VertexID, squaredDistance: Float, dimensions: Int) {
    let header = record.header
    if !record.isLive { return nil }
    residual = residualFromBFloat16(header.residual)
    let bounds = squaredDistanceBounds(
      stored: squaredDistance, residual: residual, dimensions: dimensions)
    lower = bounds.lower
    upper = bounds.upper
    self.vertex = vertex
    chain = header.owner
    tid = lantern_tid_payload(header.tid)
    hasTID = lantern_tid_is_valid(header.tid)
  }

  /// A row whose distance is unknown: scans without a query return all rows in the heap's order.
  init?(unordered record: VertexRecord, vertex: VertexID) {
    let header = record.header
    if !record.isLive { return nil }
    lower = 0
    upper = 0
    residual = 0
    self.vertex = vertex
    chain = header.owner
    tid = lantern_tid_payload(header.tid)
    hasTID = lantern_tid_is_valid(header.tid)
  }

  /// The order in which a scan hands rows out: by the lower bound, rows at the same distance in the
  /// heap's order.
  static func precedes(_ left: ScanRow, _ right: ScanRow) -> Bool {
    left.lower < right.lower || (left.lower == right.lower && left.tid < right.tid)
  }
}

/// The graph as a scan sees it: what the search expands is remembered, at no further page access.
struct ScanGraph: ~Copyable {
  var graph: PagedGraph
  /// Expanded nodes that have not been handed out.
  var found: GrowableBuffer<ScanRow>

  init(_ graph: PagedGraph) {
    self.graph = graph
    found = GrowableBuffer(serverMemory)
  }
}

extension ScanGraph: GraphStore {
  var dimensions: Int { graph.dimensions }

  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    graph.readNeighbours(of: vertex, level: level, into: &list)
  }

  mutating func expand(_ candidate: Candidate, level: Int, into list: inout NeighbourList) {
    let dimensions = self.dimensions
    list.removeAll()
    var isValid = true
    var row: ScanRow?
    _ = graph.withVertex(candidate.vertex, level: level) { record in
      isValid = record.readNeighbours(into: &list)
      if level == 0 {
        row = ScanRow(
          record, vertex: candidate.vertex, squaredDistance: candidate.distance,
          dimensions: dimensions)
      }
    }
    if !isValid { graph.reportLongList(of: candidate.vertex, level: level) }
    if let row { found.append(row) }
  }

  mutating func measure(
    from query: UnsafePointer<Float>, _ batch: inout MeasureBatch, level: Int
  ) {
    unsafe graph.measure(from: query, &batch, level: level)
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    graph.lowerVertex(of: vertex, level: level)
  }

  mutating func checkForInterrupts() { graph.checkForInterrupts() }
}
