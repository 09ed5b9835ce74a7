import PostgresClient

/// How one pass over all queries went.
struct Pass {
  /// Of the backends, per query; nil where the server is not on this machine.
  var cpuSeconds: Double?
  var queriesPerSecond: Double
  var latencies: Latencies
}

/// What was measured of one index at one `ef`.
struct MeasuredPoint {
  var ef: Int
  var judgement: Truth.Judgement
  var buffers: BufferCount
  /// In the order in which they were made; the passes of the same number belong together.
  var passes: [Pass] = []

  var recall: Double { judgement.recall }
}

/// Searches by every contender's index at every `ef`, again and again.
struct Sweep {
  /// One contender's index, searched by all clients.
  struct Subject {
    var contender: Contender
    /// At least one.
    var clients: [BenchClient]
    var points: [MeasuredPoint] = []
  }

  var data: BenchData
  var metric: BenchMetric
  var truth: Truth
  /// Ascending.
  var efs: [Int]
  var passes: Int
  private(set) var subjects: [Subject]

  init(
    _ subjects: [Subject], data: BenchData, metric: BenchMetric, truth: Truth, efs: [Int],
    passes: Int
  ) {
    (self.subjects, self.data, self.metric, self.truth) = (subjects, data, metric, truth)
    (self.efs, self.passes) = (efs, passes)
  }

  /// Measures recall and buffers once, which also warms everything up; and then the times, in each
  /// pass at each `ef` the contenders one after the other, so that what else the machine does at a
  /// time meets them alike.
  mutating func run() throws {
    var progress = ProgressBar()
    defer { progress.clear() }
    let parameters = subjects.map { subject in
      data.queries.indices.map { subject.contender.parameter(data.queries[$0]) }
    }
    let total = (passes + 1) * efs.count * subjects.count
    var done = 0
    func show(_ label: String) {
      progress.update(label, done: done, of: total)
      done += 1
    }

    for subject in subjects.indices {
      try subjects[subject].clients[0].checkPlan(data.queries[0])
      for ef in efs where ef <= subjects[subject].contender.largestEf {
        show("recall of \(subjects[subject].contender.name) at ef \(ef)")
        subjects[subject].points.append(try measure(subjects[subject], ef, parameters[subject]))
      }
    }
    for pass in 1...passes {
      for ef in efs {
        for subject in subjects.indices {
          guard let point = subjects[subject].points.firstIndex(where: { $0.ef == ef }) else {
            continue
          }
          show("pass \(pass) of \(passes), ef \(ef), \(subjects[subject].contender.name)")
          subjects[subject].points[point].passes.append(
            try time(subjects[subject], ef, parameters[subject]))
        }
      }
    }
  }

  /// How many queries the count of buffers is the mean of.
  private static let explainedQueries = 20

  private func measure(
    _ subject: Subject, _ ef: Int, _ queries: [Parameter]
  ) throws -> MeasuredPoint {
    let (data, metric, clients) = (data, metric, subject.clients)
    let shares = try onThreads(clients.count) { number in
      try clients[number].set(ef: ef)
      return try share(number, of: clients.count, queries.count).map { query in
        try clients[number].search(queries[query]).map { row in
          Neighbour(
            row: String(row), distance: metric.distance(data.queries[query], data.base[row]))
        }
      }
    }
    let found = queries.indices.map { shares[$0 % shares.count][$0 / shares.count] }
    let step = max(1, queries.count / Self.explainedQueries)
    let counts = try stride(from: 0, to: queries.count, by: step).prefix(Self.explainedQueries).map
    {
      try clients[0].buffers(data.queries[$0])
    }
    return MeasuredPoint(
      ef: ef, judgement: truth.judge(found, metric: metric),
      buffers: BufferCount(
        hit: counts.map(\.hit).reduce(0, +) / Double(counts.count),
        read: counts.map(\.read).reduce(0, +) / Double(counts.count)))
  }

  private func time(_ subject: Subject, _ ef: Int, _ queries: [Parameter]) throws -> Pass {
    let clients = subject.clients
    let shares = clients.indices.map { number in
      share(number, of: clients.count, queries.count).map { queries[$0] }
    }
    for client in clients { try client.set(ef: ef) }
    let before = clients.map(\.cpuSeconds)
    let start = ContinuousClock.now
    let times = try onThreads(clients.count) { try clients[$0].time(shares[$0]) }
    let wall = seconds(ContinuousClock.now - start)
    let used = zip(before, clients.map(\.cpuSeconds)).compactMap { before, after in
      before.flatMap { before in after.map { $0 - before } }
    }
    return Pass(
      cpuSeconds: used.count == clients.count
        ? used.reduce(0, +) / Double(queries.count) : nil,
      queriesPerSecond: Double(queries.count) / wall,
      latencies: Latencies(seconds: times.flatMap { $0 }))
  }
}

/// The numbers of the queries that one of several clients makes.
private func share(_ client: Int, of clients: Int, _ queries: Int) -> [Int] {
  Array(stride(from: client, to: queries, by: clients))
}
