import Vectors

/// Adds edges back from the neighbours of a vertex: the last part of the paper's algorithm 1.
///
/// Where the paper runs its selection again over all of a full list, the diverse mask says how that
/// selection went the last time, so only the new vertex has to be compared: with the nearer diverse
/// neighbours, which may occlude it, and with the farther ones, which it may occlude.
@safe struct Linker: ~Copyable {
  private var vector: GrowableBuffer<Component>
  private var edits: GrowableBuffer<ListEdit>
  private var batch = MeasureBatch()

  /// For lists of up to `capacity` neighbours.
  init(_ allocator: Allocator, dimensions: Int, capacity: Int) {
    vector = GrowableBuffer(allocator, capacity: dimensions)
    edits = GrowableBuffer(allocator, capacity: capacity)
  }

  /// Makes `added`, whose vector is `query`, a neighbour of each of its own neighbours in
  /// `selection`, but for those in `linked`, wherever it belongs there.
  ///
  /// `known` gives a distance from the added vertex if it has been measured before. Cost: for each
  /// a few edge lengths and distances; one write, or none where the edge is turned down.
  mutating func link<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, from selection: borrowing Selection,
    except linked: borrowing NeighbourList,
    to added: VertexID, level: Int, query: UnsafeRawPointer, known: (VertexID) -> Float?
  ) {
    edits.removeAll()
    for index in 0..<selection.list.count where !linked.contains(selection.list.id(index)) {
      store.checkForInterrupts()
      unsafe workOut(
        &store, selection.list.id(index), to: added, distance: selection.distances[index],
        level: level, query: query, known: known)
      if edits.count == store.editsAtOnce {
        unsafe write(&store, added: added, level: level, query: query, known: known)
      }
    }
    unsafe write(&store, added: added, level: level, query: query, known: known)
  }

  /// Writes what was worked out; a list that has changed meanwhile is worked out again.
  private mutating func write<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, added: VertexID, level: Int, query: UnsafeRawPointer,
    known: (VertexID) -> Float?
  ) {
    while !edits.isEmpty {
      unsafe store.replaceNeighbours(&edits, added: added, vector: query, level: level)
      let missed = edits.count
      for index in 0..<missed {
        store.checkForInterrupts()
        let vertex = edits.vertex(index)
        let distance = unsafe edits.memory[index].addedLength
        unsafe workOut(
          &store, vertex, to: added, distance: distance, level: level, query: query, known: known)
      }
      edits.removeFirst(missed)
    }
  }

  /// Works out the list of one vertex, unless it stays as it is.
  private mutating func workOut<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, _ vertex: VertexID, to added: VertexID, distance: Float, level: Int,
    query: UnsafeRawPointer, known: (VertexID) -> Float?
  ) {
    if unsafe !store.loadVector(of: vertex, level: level, into: vector.memory) { return }
    var edit = ListEdit(vertex: vertex, addedLength: distance)
    store.readNeighbours(of: vertex, level: level, into: &edit.old)
    if edit.old.contains(added) { return }
    edit.new = edit.old
    let changes = unsafe place(
      &store, added, distance: distance, in: &edit.new, of: vertex,
      capacity: store.capacity(level: level), level: level, query: query, known: known)
    if changes { edits.append(edit) }
  }

  /// Works out the list with the new neighbour; false when it is turned down.
  private mutating func place<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, _ added: VertexID, distance: Float, in list: inout NeighbourList,
    of vertex: VertexID, capacity: Int, level: Int, query: UnsafeRawPointer,
    known: (VertexID) -> Float?
  ) -> Bool {
    let old = list
    let position = position(&store, of: distance, in: old, of: vertex, level: level)
    let isFull = old.count >= capacity
    let isOccluded = unsafe isOccluded(
      &store, distance, by: old, before: position, level: level, query: query, known: known)
    if isFull && isOccluded && (old.lastOccluded ?? -1) < position { return false }
    if isFull && position == old.count && old.lastOccluded == nil { return false }
    if !isOccluded {
      for index in position..<old.count where old.isDiverse(index) {
        let length = unsafe store.edgeLength(
          of: vertex, vector.memory, to: index, in: old, level: level)
        let fromAdded = unsafe distanceFromAdded(
          &store, to: old.id(index), level: level, query: query, known: known)
        if fromAdded <= length { list.setDiverse(index, false) }
      }
    }
    // Making room first keeps the list within its maximum.
    var place = position
    if isFull {
      let victim =
        store.prefersShortShifts
        ? list.occluded(near: position) : list.lastOccluded ?? (list.count &- 1)
      list.remove(at: victim)
      if victim < place { place &-= 1 }
    }
    list.insert(added, diverse: !isOccluded, at: place)
    return true
  }

  /// Where a neighbour at `distance` belongs in the order, by binary search.
  private mutating func position<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, of distance: Float, in list: borrowing NeighbourList,
    of vertex: VertexID, level: Int
  ) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low &+ high) >> 1
      let length = unsafe store.edgeLength(
        of: vertex, vector.memory, to: middle, in: list, level: level)
      // A neighbour that has gone (NaN) sorts last, where it is evicted first.
      if length <= distance { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  private mutating func isOccluded<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, _ distance: Float, by list: borrowing NeighbourList, before end: Int,
    level: Int, query: UnsafeRawPointer, known: (VertexID) -> Float?
  ) -> Bool {
    for index in 0..<end where list.isDiverse(index) {
      let fromAdded = unsafe distanceFromAdded(
        &store, to: list.id(index), level: level, query: query, known: known)
      if fromAdded <= distance { return true }
    }
    return false
  }

  private mutating func distanceFromAdded<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, to vertex: VertexID, level: Int, query: UnsafeRawPointer,
    known: (VertexID) -> Float?
  ) -> Float {
    if let distance = known(vertex) { return distance }
    batch.count = 0
    batch.append(vertex)
    unsafe store.measure(from: query, &batch, level: level)
    return batch.distances[0]
  }
}
