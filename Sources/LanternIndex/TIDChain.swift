import CPostgres
import HNSW
import Vectors

/// The heap TIDs of rows with equal vectors: the first in their node, the others in a chain of
/// records.
///
/// New TIDs go to the record at the chain's head. Vacuum takes emptied records out; whoever reads a
/// chain meanwhile finds a record with another owner, and starts again.
extension IndexFile {
  /// Adds a TID to a node if it is live and its stored vector has just this code; false otherwise.
  ///
  /// Cost: the node's page and, for a third row and later ones, one of TIDs.
  func addTID(
    _ tid: ItemPointerData, to node: VertexID, _ codes: UnsafeRawPointer, _ code: VectorCode,
    _ shape: IndexShape
  ) -> Bool {
    let id = RecordID(node, perPage: shape.node.perPage)
    let perPage = shape.perPage(.tids)
    while true {
      lantern_check_for_interrupts()
      // Found before the node is locked: the meta page comes first.
      let target = readMeta()[.tids].target
      do {
        let page = unsafe self.page(id.block, .nodes, .exclusive)
        let record = VertexRecord(page, id.place, shape.node)
        if unsafe !record.isLive || !record.hasCode(codes, code) { return false }
        if !lantern_tid_is_valid(record.header.tid) {
          setFirstTID(tid, page, id.place, code.residual, shape)
          return true
        }
        let head = record.header.owner
        if head != .none {
          let headID = RecordID(head, perPage: perPage)
          checkApart(headID.block, from: page, of: node)
          let tids = unsafe self.page(headID.block, .tids, .exclusive)
          let headRecord = TIDRecord(tids, headID.place)
          if headRecord.owner == node && !headRecord.isFull {
            let change = beginChange()
            raiseResidual(
              VertexRecord(change.image(of: page), id.place, shape.node), code.residual)
            TIDRecord(change.image(of: tids), headID.place).append(tid)
            change.finish()
            return true
          }
        }
        if target != UInt32(LANTERN_NONE) {
          checkApart(target, from: page, of: node)
          let tids = unsafe self.page(target, .tids, .exclusive)
          if let place = freePlace(on: tids, .tids, shape) {
            let change = beginChange()
            let nodeRecord = VertexRecord(change.image(of: page), id.place, shape.node)
            raiseResidual(nodeRecord, code.residual)
            var header = nodeRecord.header
            header.owner = RecordID(block: target, place: place).number(perPage: perPage)
            nodeRecord.header = header
            let first = TIDRecord(change.image(of: tids), place)
            first.initialize(owner: node, next: head)
            first.append(tid)
            change.finish()
            return true
          }
        }
      }
      _ = advanceTarget(.tids, from: target, shape)
    }
  }

  /// Raises an error when a record of TIDs would be on a page of nodes that is locked already.
  func checkApart(_ block: BlockNumber, from page: borrowing LockedPage, of node: VertexID) {
    if block == page.block {
      reportCorrupted(vertex: node, level: 0, "has heap TIDs on its own page")
    }
  }

  /// Puts a TID in the place of a vacuumed first one.
  private func setFirstTID(
    _ tid: ItemPointerData, _ page: borrowing LockedPage, _ place: Int, _ residual: Float,
    _ shape: IndexShape
  ) {
    let change = beginChange()
    let record = VertexRecord(change.image(of: page), place, shape.node)
    raiseResidual(record, residual)
    var header = record.header
    header.tid = tid
    record.header = header
    change.finish()
  }

  /// Rows whose stored vectors are equal may differ by what the quantizer drops: the node bounds
  /// them all.
  private func raiseResidual(_ record: VertexRecord, _ residual: Float) {
    if residual > record.code.residual {
      var header = record.header
      header.residual = roundedUpBFloat16(residual)
      record.header = header
    }
  }

  /// Puts the TIDs of a node's chain into `tids`, in heap order and without repetition.
  ///
  /// Cost: a page for every `TIDRecord.capacity` of them.
  func readChain(
    of node: VertexID, _ shape: IndexShape, into tids: inout GrowableBuffer<UInt64>
  ) {
    tids.removeAll()
    let nodeID = RecordID(node, perPage: shape.node.perPage)
    let perPage = shape.perPage(.tids)
    var next = chainHead(of: nodeID, shape)
    var steps = 0
    while next != .none {
      lantern_check_for_interrupts()
      if let following = readRecord(RecordID(next, perPage: perPage), of: node, into: &tids) {
        next = following
      } else {
        next = chainHead(of: nodeID, shape)
      }
      steps &+= 1
      if steps > Int(blockCount) &* perPage { reportEndlessChain(of: node) }
    }
    tids.sortUnique()
  }

  func reportEndlessChain(of node: VertexID) -> Never {
    reportCorrupted(vertex: node, level: 0, "has a chain of heap TIDs without end")
  }

  /// Appends a record's TIDs and returns the next record; nil when the record is not the node's any
  /// more.
  private func readRecord(
    _ id: RecordID, of node: VertexID, into tids: inout GrowableBuffer<UInt64>
  ) -> UInt32? {
    let page = unsafe self.page(id.block, .tids, .share)
    let record = TIDRecord(page, id.place)
    if record.owner != node { return nil }
    for index in 0..<record.count { tids.append(lantern_tid_payload(record[index])) }
    return record.next
  }

  private func chainHead(of id: RecordID, _ shape: IndexShape) -> UInt32 {
    let page = unsafe self.page(id.block, .nodes, .share)
    let record = VertexRecord(page, id.place, shape.node)
    return record.isLive ? record.header.owner : .none
  }
}
