import CPostgres
import HNSW
import Vectors

/// `aminsert`: indexes one row; a row without a vector is not indexed.
@c(lantern_insert)
public func insert(
  _ index: Relation, _ values: UnsafeMutablePointer<Datum>, _ isNull: UnsafeMutablePointer<Bool>,
  _ tid: ItemPointer, _ heap: Relation, _ unique: IndexUniqueCheck, _ unchanged: Bool,
  _ info: UnsafeMutablePointer<IndexInfo>
) -> Bool {
  if unsafe isNull[0] { return false }
  let statement = unsafe StatementInserter.of(index, info)
  // Fetching an out-of-line vector takes locks of its own, so it comes first; it goes into the
  // row's memory.
  let vector = unsafe IndexedVector(values[0], statement.pointee.column)
  if !vector.isWithoutDistance {
    unsafe statement.pointee.insert(vector, tid.pointee, index)
  }
  vector.free()
  return false
}

/// What the insertions of one statement share, kept in the server's state of the statement: room
/// for a search is not made anew for each row of a COPY.
///
/// No lock or pin is held between two rows.
@safe struct StatementInserter: ~Copyable {
  let column: IndexedColumn
  private let context: MemoryContext
  /// Made by the first row, which may tell the dimensions.
  private var inserter: PageInserter?

  private init(_ index: Relation, _ context: MemoryContext) {
    column = unsafe IndexedColumn(index)
    unsafe self.context = context
    inserter = nil
  }

  /// The statement's, made if there is none yet.
  static func of(
    _ index: Relation, _ info: UnsafeMutablePointer<IndexInfo>
  ) -> UnsafeMutablePointer<StatementInserter> {
    if let present = unsafe info.pointee.ii_AmCache {
      return unsafe present.assumingMemoryBound(to: StatementInserter.self)
    }
    let outer = unsafe lantern_switch_to(info.pointee.ii_Context)
    let context = unsafe lantern_new_context(cString("lantern insert"))!
    _ = unsafe lantern_switch_to(context)
    let statement = unsafe lantern_allocate(MemoryLayout<StatementInserter>.stride)!
      .bindMemory(to: StatementInserter.self, capacity: 1)
    unsafe statement.initialize(to: StatementInserter(index, context))
    _ = unsafe lantern_switch_to(outer)
    unsafe info.pointee.ii_AmCache = UnsafeMutableRawPointer(statement)
    return unsafe statement
  }

  mutating func insert(_ vector: IndexedVector, _ tid: ItemPointerData, _ index: Relation) {
    let outer = unsafe lantern_switch_to(context)
    // Inserters share this lock; vacuum takes it alone for a moment to wait for those that may not
    // have seen what it is about to remove. No page is locked across the search.
    unsafe LockPage(index, BlockNumber(LANTERN_META_BLOCK), ShareLock)
    if inserter == nil {
      let file = unsafe IndexFile(relation: index)
      inserter = PageInserter(file: file, shape: file.shape(forFirst: vector))
    }
    // The server may have dropped it since the last row, and the index may have grown.
    unsafe lantern_remember_buffers(index)
    inserter?.insert(vector, tid)
    unsafe UnlockPage(index, BlockNumber(LANTERN_META_BLOCK), ShareLock)
    _ = unsafe lantern_switch_to(outer)
  }
}
