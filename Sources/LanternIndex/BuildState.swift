import CPostgres
import HNSW
import Vectors

/// A build in progress: first a graph in memory, later, if memory runs out, insertion into pages.
@safe struct BuildState: ~Copyable {
  private let heap: Relation
  private let index: Relation
  /// The build's memory; a row's own is freed row by row.
  private let context: MemoryContext
  private let options: LanternOptions
  private let file: IndexFile
  private let column: IndexedColumn
  private var shape: IndexShape?
  private var builder: UnsafeMutablePointer<MemoryGraphBuilder>?
  private var inserter: UnsafeMutablePointer<PageInserter>?
  /// The rows indexed so far.
  private(set) var rows = 0

  init(heap: Relation, index: Relation, context: MemoryContext) {
    unsafe self.heap = heap
    unsafe self.index = index
    unsafe self.context = context
    options = unsafe lantern_index_options(index)
    var file = unsafe IndexFile(relation: index)
    // The finished pages are logged together.
    file.isLogged = false
    self.file = file
    column = unsafe IndexedColumn(index)
    unsafe builder = nil
    unsafe inserter = nil
    if options.dim > 0 { begin(dimensions: Int(options.dim)) }
  }

  /// Indexes one row. The first vector tells the dimensions where the options do not.
  mutating func add(_ value: Datum, _ tid: ItemPointerData) {
    let outer = unsafe lantern_switch_to(context)
    lantern_check_for_interrupts()
    let vector = IndexedVector(value, column)
    if !vector.isWithoutDistance { add(vector, tid) }
    vector.free()
    _ = unsafe lantern_switch_to(outer)
  }

  private mutating func add(_ vector: IndexedVector, _ tid: ItemPointerData) {
    if unsafe builder == nil && inserter == nil { begin(dimensions: vector.count) }
    if unsafe builder != nil && isMemoryFull { continueOnPages() }
    if unsafe inserter != nil {
      unsafe inserter!.pointee.insert(vector, tid)
    } else {
      vector.check(dimensions: unsafe builder!.pointee.graph.dimensions)
      let payload = lantern_tid_payload(tid)
      unsafe builder!.pointee.insert(
        vector.elements, payload: payload,
        level: drawLevel(seed: payload, m: builder!.pointee.graph.m))
    }
    rows &+= 1
    lantern_report_progress(Int32(PROGRESS_CREATEIDX_TUPLES_DONE), Int64(rows))
  }

  /// Writes what is in memory, and logs the index.
  ///
  /// Raises an error when no row has told the dimensions of a new index. One that is only built
  /// anew, as by TRUNCATE, waits for its first row instead.
  mutating func finish() {
    if unsafe builder == nil && inserter == nil {
      if unsafe lantern_is_new_index(heap, index) { lantern_error_no_dimensions() }
      file.createMetaPage(Meta(withoutDimensions: file.newShape(options, dimensions: 1)))
    }
    if unsafe builder != nil { writeGraph() }
    if unsafe lantern_needs_wal(index) { unsafe lantern_log_new_pages(index, MAIN_FORKNUM) }
  }

  private mutating func begin(dimensions: Int) {
    let shape = file.newShape(options, dimensions: dimensions)
    let perNode = MemoryGraph.bytesPerNode(format: shape.format, m: shape.m)
    // No more rows than the heap's pages can hold; memory is touched only as the graph fills.
    let heapRows = (Int(unsafe lantern_block_count(heap, MAIN_FORKNUM)) &+ 1) &* 300
    let capacity = max(min(heapRows, lantern_maintenance_memory() / perNode), 1)
    let graph = MemoryGraph(
      serverMemory, format: shape.format, m: shape.m, capacity: capacity,
      onInterrupt: { lantern_check_for_interrupts() })
    let memory = unsafe lantern_allocate(MemoryLayout<MemoryGraphBuilder>.stride)!
      .bindMemory(to: MemoryGraphBuilder.self, capacity: 1)
    unsafe memory.initialize(
      to: MemoryGraphBuilder(serverMemory, graph: graph, efConstruction: shape.efConstruction))
    unsafe builder = memory
    self.shape = shape
  }

  private var isMemoryFull: Bool {
    unsafe builder!.pointee.isFull
      || builder!.pointee.graph.byteCount >= lantern_maintenance_memory()
  }

  /// Writes the graph out, and goes on by insertion.
  private mutating func continueOnPages() {
    guard let shape else { return }
    lantern_notice_memory(Int64(rows), neededKilobytes(shape))
    writeGraph()
    let memory = unsafe lantern_allocate(MemoryLayout<PageInserter>.stride)!
      .bindMemory(to: PageInserter.self, capacity: 1)
    unsafe memory.initialize(to: PageInserter(file: file, shape: shape))
    unsafe inserter = memory
    BuildPhase.inserting.report()
  }

  /// What the whole build would take, by the planner's estimate of the table's rows.
  private func neededKilobytes(_ shape: IndexShape) -> Int64 {
    let total = min(max(unsafe lantern_heap_tuples(heap), Double(rows)), 1e12)
    let perNode = MemoryGraph.bytesPerNode(format: shape.format, m: shape.m)
    return Int64(total * Double(perNode) / 1024)
  }

  private mutating func writeGraph() {
    guard let shape, let memory = unsafe builder else { return }
    BuildPhase.loading.report()
    let writer = GraphWriter(file: file, shape: shape)
    unsafe writer.write(memory.pointee.graph)
    unsafe memory.deinitialize(count: 1)
    unsafe pfree(memory)
    unsafe builder = nil
  }
}

extension IndexFile {
  /// The structure of a new index. Raises an error when a node of it would not fit a page.
  func newShape(_ options: LanternOptions, dimensions: Int) -> IndexShape {
    let width = CodeWidth(rawValue: UInt8(truncatingIfNeeded: options.quant_bits)) ?? .sixteen
    let format = unsafe VectorFormat(
      metric: IndexedColumn(relation).metric, dimensions: dimensions, width: width)
    let m = Int(options.m)
    checkFit(format, m: m)
    return IndexShape(
      format: format, m: m, efConstruction: Int(options.ef_construction),
      code: CodeFormat(fitting: format, bits: Int(options.code_bits), m: m))
  }
}
