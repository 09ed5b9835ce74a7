import CPostgres
import HNSW
import Vectors

/// The index's graph on its pages, as the algorithms see it.
///
/// At most one page is locked at a time, and none between two calls, so that readers and writers
/// can never wait for each other in a circle.
@safe struct PagedGraph: ~Copyable {
  let file: IndexFile
  let shape: IndexShape
  /// What estimates the distances of neighbours; nil where nodes keep no codes of them.
  private var estimator: QueryEstimator?
  /// What is looked up for the query that `estimate` was given; nil before, and without codes.
  private(set) var tables: QueryTables?
  /// Made when the first edge is written that has a code; edges are encoded before a page is
  /// locked.
  var encoder: EdgeEncoder?
  /// The number of each edit's first edge in the encoder.
  var firstCodes = GrowableBuffer<Int>(serverMemory)
  /// The edits of one batch in the order of their pages.
  var order = GrowableBuffer<UInt64>(serverMemory)
  /// How many of them found another list than the one that was read.
  var missed = 0
  /// The file's length when last looked at, so that a damaged link is an error and not a read
  /// beyond the end.
  private var blockCount: BlockNumber = 0

  init(file: IndexFile, shape: IndexShape) {
    self.file = file
    self.shape = shape
    encoder = nil
    tables = nil
    estimator = shape.code.map { QueryEstimator(serverMemory, $0) }
    unsafe lantern_remember_buffers(file.relation)
  }

  var dimensions: Int { shape.format.dimensions }

  /// Lets searches go by estimates of the distances from a query, which must outlive them, if nodes
  /// keep codes. Cost: the pages of the origin, the first time.
  mutating func estimate(from query: UnsafeRawPointer, _ meta: @autoclosure () -> Meta) {
    if shape.code == nil { return }
    if encoder == nil { encoder = file.edgeEncoder(shape, meta()) }
    unsafe estimator?.begin(query, &encoder!.rotation)
    tables = estimator?.tables
  }

  /// Locks the page of a vertex and gives `body` its record; nil when the vertex is gone. Cost: one
  /// page.
  @inline(__always)
  mutating func withVertex<Result>(
    _ vertex: VertexID, level: Int, _ body: (VertexRecord) -> Result
  ) -> Result? {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    checkBlock(id.block, of: vertex, level: level)
    let page = unsafe file.page(id.block, level == 0 ? .nodes : .upper, .share)
    let record = VertexRecord(page, id.place, layout)
    if record.isFree || (level > 0 && Int(record.header.level) != level) { return nil }
    return body(record)
  }

  /// How many vertices ahead a vector is prefetched.
  private static var prefetchDistance: Int { 3 }

  /// Asks the processor for the vector of a vertex that is about to be measured.
  @inline(__always)
  func prefetchVector(of vertex: VertexID, level: Int) {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let offset = Int(LANTERN_PAGE_START) &+ id.place &* layout.size
    unsafe lantern_prefetch(
      file.relation, id.block, offset, min(layout.neighbourCodesOffset, Self.prefetchedBytes))
  }

  /// Asks the processor for a record that is about to be read as a whole.
  @inline(__always)
  func prefetch(_ vertex: VertexID, level: Int) {
    let layout = shape.layout(level: level)
    let id = RecordID(vertex, perPage: layout.perPage)
    let offset = Int(LANTERN_PAGE_START) &+ id.place &* layout.size
    unsafe lantern_prefetch(file.relation, id.block, offset, min(layout.size, 2048))
  }

  /// As much of a vector as the processor does not foresee; it goes on by itself.
  private static var prefetchedBytes: Int { 512 }

  /// Raises an error when a link leads beyond the file.
  mutating func checkBlock(_ block: BlockNumber, of vertex: VertexID, level: Int) {
    if block >= blockCount {
      blockCount = file.blockCount
      if block >= blockCount {
        file.reportCorrupted(vertex: vertex, level: level, "lies beyond the end of the index")
      }
    }
  }

  func reportLongList(of vertex: VertexID, level: Int) -> Never {
    file.reportCorrupted(vertex: vertex, level: level, "has more neighbours than it can")
  }
}

extension PagedGraph: GraphStore {
  var estimatesNeighbours: Bool { tables != nil }

  mutating func expand(
    _ vertex: VertexID, level: Int, within limit: Float, into batch: inout MeasureBatch
  ) -> Float {
    guard let tables, let query = unsafe estimator?.query else { return .nan }
    var isValid = true
    let distance = withVertex(vertex, level: level) { record in
      let distance = unsafe record.distance(from: query)
      isValid = record.appendNeighbours(within: limit, tables, distance: distance, to: &batch)
      return distance
    }
    if !isValid { reportLongList(of: vertex, level: level) }
    return distance ?? .nan
  }

  mutating func readNeighbours(of vertex: VertexID, level: Int, into list: inout NeighbourList) {
    list.removeAll()
    var isValid = true
    _ = withVertex(vertex, level: level) { record in
      isValid = record.readNeighbours(into: &list)
    }
    if !isValid { reportLongList(of: vertex, level: level) }
  }

  mutating func measure(
    from query: UnsafeRawPointer, _ batch: inout MeasureBatch, level: Int
  ) {
    for index in 0..<min(batch.count, Self.prefetchDistance) {
      prefetchVector(of: batch.ids[index], level: level)
    }
    for index in 0..<batch.count {
      if index &+ Self.prefetchDistance < batch.count {
        prefetchVector(of: batch.ids[index &+ Self.prefetchDistance], level: level)
      }
      batch.distances[index] =
        withVertex(batch.ids[index], level: level) { record in
          unsafe record.distance(from: query)
        } ?? .nan
    }
  }

  mutating func lowerVertex(of vertex: VertexID, level: Int) -> VertexID {
    withVertex(vertex, level: level) { $0.header.lower } ?? .none
  }

  mutating func checkForInterrupts() { lantern_check_for_interrupts() }
}
