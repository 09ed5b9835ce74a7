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

  /// A row at a distance from the query, as stored. Nil when the node is being removed.
  init?(_ record: VertexRecord, vertex: VertexID, distance: Float, _ query: ScanQuery) {
    let header = record.header
    if !record.isLive { return nil }
    let code = record.code
    let bounds = query.bounds.bounds(stored: distance, code: code)
    residual = code.residual
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
  /// Nil when the scan has no order, and so does not search.
  let query: ScanQuery?
  /// Expanded nodes that have not been handed out.
  var found: GrowableBuffer<ScanRow>

  init(_ graph: PagedGraph, query: ScanQuery?) {
    self.graph = graph
    self.query = query
    found = GrowableBuffer(serverMemory)
  }
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

  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    unsafe graph.measure(from: query, &batch, level: level)
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    graph.lowerVertex(of: vertex, level: level)
  }

  mutating func checkForInterrupts() { graph.checkForInterrupts() }
}
