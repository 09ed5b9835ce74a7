import CPostgres
import HNSW
import Vectors

/// `ambulkdelete`: removes dead rows' TIDs, and the nodes that are left with none.
@c(lantern_bulk_delete)
public func bulkDelete(
  _ info: UnsafeMutablePointer<IndexVacuumInfo>,
  _ stats: UnsafeMutablePointer<IndexBulkDeleteResult>?, _ callback: IndexBulkDeleteCallback?,
  _ callbackState: UnsafeMutableRawPointer?
) -> UnsafeMutablePointer<IndexBulkDeleteResult> {
  let result = unsafe stats ?? newStatistics()
  unsafe withMemoryContext("lantern vacuum") { _ in
    let file = unsafe IndexFile(relation: info.pointee.index)
    let meta = file.readMeta()
    if !meta.hasDimensions { return }
    var vacuum = unsafe Vacuum(
      file: file, shape: file.shape(meta), strategy: info.pointee.strategy,
      isDead: DeadTIDs(callback: callback, state: callbackState))
    vacuum.run()
    unsafe result.pointee.num_pages = file.blockCount
    unsafe result.pointee.num_index_tuples = Double(vacuum.remainingTIDs)
    unsafe result.pointee.tuples_removed += Double(vacuum.removedTIDs)
    unsafe result.pointee.estimated_count = false
  }
  return unsafe result
}

/// `amvacuumcleanup`: statistics, when no row was dead and `ambulkdelete` was not called.
@c(lantern_vacuum_cleanup)
public func vacuumCleanup(
  _ info: UnsafeMutablePointer<IndexVacuumInfo>,
  _ stats: UnsafeMutablePointer<IndexBulkDeleteResult>?
) -> UnsafeMutablePointer<IndexBulkDeleteResult>? {
  if unsafe info.pointee.analyze_only { return unsafe stats }
  let result = unsafe stats ?? newStatistics()
  let file = unsafe IndexFile(relation: info.pointee.index)
  unsafe result.pointee.num_pages = file.blockCount
  if unsafe stats == nil {
    unsafe result.pointee.num_index_tuples = info.pointee.num_heap_tuples
    unsafe result.pointee.estimated_count = true
  }
  return unsafe result
}

private func newStatistics() -> UnsafeMutablePointer<IndexBulkDeleteResult> {
  unsafe palloc0(MemoryLayout<IndexBulkDeleteResult>.size)!
    .bindMemory(to: IndexBulkDeleteResult.self, capacity: 1)
}

/// The server's answer to whether a heap TID is dead.
@safe struct DeadTIDs {
  let callback: IndexBulkDeleteCallback?
  let state: UnsafeMutableRawPointer?

  func contains(_ tid: ItemPointerData) -> Bool {
    // SAFETY: the server gives both for the duration of the vacuum.
    unsafe lantern_call_bulk_delete(callback, tid, state)
  }
}

/// One vacuum of the index.
///
/// 1. A pass over the file: dead TIDs go; a node left with none is marked as removed, and then so
///    are its upper vertices. Searches still pass through it, and inserts no longer link to it, once those that began
///    earlier have ended.
/// 2. The entry point is replaced if it was removed, and, if any vertex was, in a second pass every
///    list that names one is repaired.
/// 3. Nothing leads to the removed vertices any more, and their records are freed.
///
/// A crash between two steps leaves removed vertices that are still linked, which the next vacuum
/// takes up.
@safe struct Vacuum: ~Copyable {
  let file: IndexFile
  let shape: IndexShape
  let strategy: BufferAccessStrategy?
  let isDead: DeadTIDs
  var graph: VacuumGraph
  /// The blocks with upper vertices, and those with free records or some that are to be freed: the
  /// later steps look at no others.
  var upperBlocks = VertexSet()
  var freeBlocks = VertexSet()
  var remainingTIDs: UInt64 = 0
  var removedTIDs: UInt64 = 0
  var liveNodes: UInt64 = 0

  init(
    file: IndexFile, shape: IndexShape, strategy: BufferAccessStrategy?, isDead: DeadTIDs
  ) {
    self.file = file
    self.shape = shape
    unsafe self.strategy = strategy
    self.isDead = isDead
    graph = VacuumGraph(PagedGraph(file: file, shape: shape))
  }

  mutating func run() {
    removeDeadTIDs()
    if !graph.removedNodes.isEmpty || !graph.removedUpper.isEmpty {
      waitForInserters()
      repairGraph()
    }
    freeRemoved()
    updateCounts()
  }

  /// Calls `body` with every block that has a page and its kind, nil where a crash left it
  /// uninitialized; no lock is held. New blocks are seen too.
  mutating func forEachBlock(_ body: (inout Vacuum, BlockNumber, PageKind?) -> Void) {
    var block = BlockNumber(LANTERN_META_BLOCK) &+ 1
    while block < file.blockCount {
      lantern_vacuum_delay_point()
      body(&self, block, kindOfPage(block))
      block &+= 1
    }
  }

  /// The kind of a page; nil for one that a crash left uninitialized. Raises an error when the page
  /// is not one of ours: dead TIDs on it could not be removed.
  func kindOfPage(_ block: BlockNumber) -> PageKind? {
    let page = unsafe file.anyPage(block, .share, strategy: strategy)
    return file.kind(of: page)
  }

  /// Waits until every insertion that may link to a node just removed has ended.
  private func waitForInserters() {
    unsafe LockPage(file.relation, BlockNumber(LANTERN_META_BLOCK), ExclusiveLock)
    unsafe UnlockPage(file.relation, BlockNumber(LANTERN_META_BLOCK), ExclusiveLock)
  }

  private func updateCounts() {
    let page = file.metaPage(.exclusive)
    var meta = file.meta(on: page)
    if meta.values.node_count == liveNodes && meta.values.tid_count == remainingTIDs { return }
    meta.values.node_count = liveNodes
    meta.values.tid_count = remainingTIDs
    let change = file.beginChange()
    change.image(of: page).write(meta)
    change.finish()
  }
}
