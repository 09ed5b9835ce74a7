import CPostgres
import HNSW
import Vectors

/// One participant's part of a build in progress: first it fills a graph in memory, later, if memory
/// runs out, it inserts into pages.
@safe struct BuildState: ~Copyable {
  private let table: BuiltTable
  private let build: UnsafeMutablePointer<LanternBuild>
  /// The build's memory; a row's own is freed row by row.
  private let context: MemoryContext
  private let isLeader: Bool
  private let options: LanternOptions
  private let file: IndexFile
  private let column: IndexedColumn
  private var shape: IndexShape?
  private var builder: UnsafeMutablePointer<MemoryGraphBuilder>?
  private var inserter: UnsafeMutablePointer<PageInserter>?
  /// The rows that this participant has indexed.
  private(set) var rows: Int64 = 0

  init(
    _ table: BuiltTable, _ build: UnsafeMutablePointer<LanternBuild>, context: MemoryContext,
    isLeader: Bool
  ) {
    self.table = table
    unsafe self.build = unsafe build
    unsafe self.context = unsafe context
    self.isLeader = isLeader
    options = unsafe lantern_index_options(table.index)
    var file = unsafe IndexFile(relation: table.index)
    // The finished pages are logged together.
    file.isLogged = false
    self.file = file
    column = unsafe IndexedColumn(table.index)
    unsafe builder = nil
    unsafe inserter = nil
  }

  /// Begins as the leader, with an empty graph, if the dimensions are known; and with the workers
  /// there are.
  mutating func begin(_ plan: BuildPlan) {
    guard let memory = plan.memory else { return }
    guard let workers = unsafe plan.workers else { return begin(memory) }
    let graph = unsafe MemoryGraph(
      graphMemory, memory.layout, sharing: lantern_workers_graph(workers),
      codingBytes: memory.codingBytes, onInterrupt: onInterrupt)
    graph.clear()
    begin(graph)
    unsafe lantern_launch_workers(workers)
  }

  /// Joins a build as a worker.
  mutating func join(_ memory: UnsafeMutableRawPointer) {
    let shape = file.newShape(options, dimensions: Int(unsafe build.pointee.dimensions))
    let layout = GraphLayout(
      format: shape.format, m: shape.m, code: unsafe build.pointee.coded ? shape.code : nil,
      capacity: Int(unsafe build.pointee.capacity))
    let graph = unsafe MemoryGraph(
      graphMemory, layout, sharing: memory, codingBytes: Int(build.pointee.coding_bytes),
      onInterrupt: onInterrupt)
    begin(graph)
  }

  private mutating func begin(_ memory: BuildMemory) {
    begin(
      MemoryGraph(
        graphMemory, memory.layout, codingBytes: memory.codingBytes, onInterrupt: onInterrupt))
  }

  private mutating func begin(_ graph: consuming MemoryGraph) {
    let shape = file.newShape(options, dimensions: graph.dimensions)
    self.shape = shape
    let memory = unsafe lantern_allocate(MemoryLayout<MemoryGraphBuilder>.stride)!
      .bindMemory(to: MemoryGraphBuilder.self, capacity: 1)
    unsafe memory.initialize(
      to: MemoryGraphBuilder(
        serverMemory, graph: graph, efConstruction: shape.efConstruction,
        batchBytes: BuildMemory.batchBytes))
    unsafe builder = memory
  }

  private var onInterrupt: @convention(c) () -> Void { { lantern_check_for_interrupts() } }

  /// Indexes one row. The first live one's vector tells the dimensions where the options do not.
  ///
  /// A row that is dead to all but older snapshots is left out when it cannot be indexed; these may
  /// not use the index then.
  mutating func add(_ value: Datum, _ tid: ItemPointerData, isAlive: Bool) {
    let outer = unsafe lantern_switch_to(context)
    lantern_check_for_interrupts()
    if isAlive || isIndexable(value) {
      let vector = IndexedVector(value, column)
      if !vector.isWithoutDistance { add(vector, tid) }
      vector.free()
    } else {
      unsafe table.info.pointee.ii_BrokenHotChain = true
    }
    _ = unsafe lantern_switch_to(outer)
  }

  private func isIndexable(_ value: Datum) -> Bool {
    guard let shape, !lantern_vector_contains_null(value, column.type) else { return false }
    let vector = IndexedVector(value, column)
    let isIndexable = vector.count == shape.format.dimensions && vector.firstNonFinite == nil
    vector.free()
    return isIndexable
  }

  private mutating func add(_ vector: IndexedVector, _ tid: ItemPointerData) {
    if shape == nil { begin(dimensions: vector.count) }
    if unsafe inserter == nil && !insertInMemory(vector, tid) { goOnWithPages() }
    if unsafe inserter != nil { unsafe inserter!.pointee.insert(vector, tid) }
    rows &+= 1
    let all = unsafe lantern_count_row(build)
    if isLeader { lantern_report_progress(Int32(PROGRESS_CREATEIDX_TUPLES_DONE), all) }
  }

  private mutating func begin(dimensions: Int) {
    let shape = file.newShape(options, dimensions: dimensions)
    begin(BuildMemory(shape, of: table, workers: 0))
  }

  /// False when there is no memory left, and the pages are to be gone on with.
  private mutating func insertInMemory(_ vector: IndexedVector, _ tid: ItemPointerData) -> Bool {
    if unsafe lantern_build_stage(build) != LANTERN_STAGE_MEMORY { return false }
    vector.check(dimensions: unsafe builder!.pointee.graph.dimensions)
    let payload = lantern_tid_payload(tid)
    let hasRoom = unsafe builder!.pointee.add(
      vector.elements, payload: payload,
      level: drawLevel(seed: payload, m: builder!.pointee.graph.m))
    if !hasRoom { unsafe lantern_memory_is_full(build) }
    return hasRoom
  }

  /// Inserts the rows that wait to be inserted in memory, where room was kept for them.
  mutating func insertWaiting() {
    if unsafe builder != nil { unsafe builder!.pointee.insertWaiting() }
  }

  /// Waits for the graph to be written, or writes it, and goes on by insertion.
  private mutating func goOnWithPages() {
    guard let shape else { return }
    insertWaiting()
    if isLeader {
      if unsafe !lantern_await_workers(build) { writeFullGraph() }
    } else {
      unsafe lantern_await_pages(build)
    }
    endGraph()
    let memory = unsafe lantern_allocate(MemoryLayout<PageInserter>.stride)!
      .bindMemory(to: PageInserter.self, capacity: 1)
    unsafe memory.initialize(to: PageInserter(file: file, shape: shape))
    unsafe inserter = memory
  }

  private mutating func writeFullGraph() {
    unsafe lantern_notice_memory(lantern_build_rows(build))
    writeGraph()
    unsafe lantern_go_on_with_pages(build)
    BuildPhase.inserting.report()
  }

  /// Waits for the workers, writes what is in memory, and logs the index.
  ///
  /// Raises an error when no row has told the dimensions of a new index. One that is only built
  /// anew, as by TRUNCATE, waits for its first row instead.
  mutating func finish() {
    insertWaiting()
    while unsafe !lantern_await_workers(build) { writeFullGraph() }
    if unsafe build.pointee.broken_hot_chain {
      unsafe table.info.pointee.ii_BrokenHotChain = true
    }
    if shape == nil {
      if unsafe lantern_is_new_index(table.heap, table.index) { lantern_error_no_dimensions() }
      file.createMetaPage(Meta(withoutDimensions: file.newShape(options, dimensions: 1)))
    } else if unsafe lantern_build_stage(build) == LANTERN_STAGE_MEMORY {
      writeGraph()
    }
    endGraph()
    if unsafe lantern_needs_wal(table.index) {
      unsafe lantern_log_new_pages(table.index, MAIN_FORKNUM)
    }
  }

  private mutating func writeGraph() {
    guard let shape, let builder = unsafe builder else { return }
    BuildPhase.loading.report()
    let writer = unsafe GraphWriter(file: file, shape: shape, build: build)
    unsafe writer.write(builder.pointee.graph)
  }

  /// A worker's part of writing the graph at the end.
  func writeNodes() {
    guard let shape, let builder = unsafe builder else { return }
    let writer = unsafe GraphWriter(file: file, shape: shape, build: build)
    unsafe writer.help(builder.pointee.graph)
    unsafe lantern_finish_writing(build)
  }

  private mutating func endGraph() {
    guard let memory = unsafe builder else { return }
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
