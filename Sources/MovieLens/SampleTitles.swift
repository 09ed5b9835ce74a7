/// Invents titles: a word that suits the genre and a name that no real place or person has.
struct SampleTitles {
  private var taken: Set<String> = []

  /// The titles of a series of films, or of a single one, as MovieLens writes them.
  ///
  /// A name that is given is used for the first film. Years never pass 2000, MovieLens 1M's last.
  mutating func series(
    of given: String?, genre: Genre, length: Int, firstYear: Int, random: inout SplitMix64
  ) -> [String] {
    var first = given ?? Self.invent(genre: genre, random: &random)
    while !taken.insert(first).inserted { first = Self.invent(genre: genre, random: &random) }

    var year = min(firstYear, 2000)
    var titles = [Self.movieLens(first, year: year)]
    for number in ["II", "III", "IV"].prefix(length - 1) {
      year = min(year + 1 + random.below(3), 2000)
      let title = "\(first) \(number)"
      taken.insert(title)
      titles.append(Self.movieLens(title, year: year))
    }
    return titles
  }

  /// Puts the article behind a comma and the year behind everything.
  private static func movieLens(_ title: String, year: Int) -> String {
    for article in ["The", "A"] where title.hasPrefix(article + " ") {
      return "\(title.dropFirst(article.count + 1)), \(article) (\(year))"
    }
    return "\(title) (\(year))"
  }

  private static func invent(genre: Genre, random: inout SplitMix64) -> String {
    let noun = random.pick(nouns[genre]!)
    let place = random.pick(placeStarts) + random.pick(placeEnds)
    let person = random.pick(firstNames)
    let family = random.pick(familyStarts) + random.pick(familyEnds)
    return switch random.below(14) {
    case 0, 1: "The \(noun) of \(place)"
    case 2, 3: "The \(place) \(noun)"
    case 4: "\(place)"
    case 5: "\(noun) at \(place)"
    case 6: "The Last \(noun) in \(place)"
    case 7: "\(person) \(family)"
    case 8: "\(person) \(family)'s \(noun)"
    case 9: "A \(noun) for \(person) \(family)"
    case 10: "\(person) of \(place)"
    case 11: "\(random.pick(moods)) \(noun), \(place)"
    case 12: "The \(family) \(noun)"
    default: "\(random.pick(journeys)) \(place)"
    }
  }

  private static let placeStarts = [
    "Vel", "Tarn", "Quill", "Brack", "Hesk", "Morrow", "Lark", "Fenn", "Drum", "Gallow", "Issel",
    "Thist", "Yarrow", "Zell", "Cald", "Ember", "Grim", "Nettle", "Oster", "Pell", "Rusk", "Skell",
    "Umber", "Wither", "Corvé",
  ]
  private static let placeEnds = [
    "mere", "wick", "stead", "holt", "dane", "ora", "andra", "ingate", "vane", "quay", "moor",
    "garth", "sund", "loch",
  ]
  private static let familyStarts = [
    "Quillen", "Thraw", "Bramble", "Hask", "Pettig", "Oxen", "Marl", "Fothers", "Dunkel", "Sorrel",
    "Vander", "Ickle", "Wimpel", "Krebel", "Lanter", "Stavro",
  ]
  private static let familyEnds = [
    "feather", "grove", "shaw", "well", "berry", "sen", "wright", "ski", "more", "quist", "bottom",
  ]
  private static let firstNames = [
    "Agnes", "Rupert", "Ottoline", "Ezra", "Mabel", "Casimir", "Dolores", "Fergus", "Ingrid",
    "Leopold",
    "Naomi", "Silas", "Tabitha", "Wendell", "Zoë", "René",
  ]
  private static let moods = [
    "Crooked", "Borrowed", "Hollow", "Second-Hand", "Quiet", "Seventh", "Paper", "Reluctant",
  ]
  private static let journeys = [
    "Return to", "Slow Train to", "South of", "Nobody Leaves", "Goodbye,",
  ]

  private static let nouns: [Genre: [String]] = [
    .action: [
      "Strike", "Vendetta", "Convoy", "Gambit", "Breakout", "Countdown", "Pursuit", "Detonator",
    ],
    .adventure: [
      "Expedition", "Compass", "Caravan", "Voyage", "Map", "Summit", "Treasure", "Passage",
    ],
    .animation: [
      "Hedgehog", "Teapot", "Kite", "Snowman", "Lighthouse", "Owl", "Umbrella", "Acorn",
    ],
    .childrens: [
      "Treehouse", "Pony", "Birthday", "Marbles", "Scarecrow", "Puppy", "Holiday", "Secret",
    ],
    .comedy: [
      "Landlord", "Casserole", "Reunion", "Misunderstanding", "Wedding", "Dentist", "Vacation",
      "Twin",
    ],
    .crime: ["Heist", "Alibi", "Racket", "Ledger", "Payoff", "Informer", "Getaway", "Safecracker"],
    .documentary: [
      "Portrait", "Harvest", "Voices", "Railway", "Archive", "Census", "Year", "Beekeepers",
    ],
    .drama: [
      "Orchard", "Inheritance", "Promise", "Winter", "Letters", "Piano", "Daughters", "Silence",
    ],
    .fantasy: [
      "Sorcerer", "Crown", "Dragon", "Enchantment", "Griffin", "Mirror", "Spell", "Kingdom",
    ],
    .filmNoir: [
      "Shadow", "Cigarette", "Alley", "Widow", "Staircase", "Dahlia", "Stranger", "Rain",
    ],
    .horror: [
      "Crypt", "Haunting", "Séance", "Howling", "Butcher", "Cellar", "Curse", "Gravedigger",
    ],
    .musical: [
      "Serenade", "Chorus", "Waltz", "Follies", "Tap-Dancer", "Overture", "Melody", "Encore",
    ],
    .mystery: [
      "Cipher", "Disappearance", "Riddle", "Keyhole", "Testament", "Clockmaker", "Inquest",
      "Portrait",
    ],
    .romance: [
      "Kiss", "Bride", "Summer", "Proposal", "Sweetheart", "Rendezvous", "Valentine", "Honeymoon",
    ],
    .sciFi: [
      "Android", "Orbit", "Colony", "Signal", "Starship", "Paradox", "Antenna", "Replicator",
    ],
    .thriller: [
      "Witness", "Deadline", "Conspiracy", "Ransom", "Hostage", "Decoy", "Stalker", "Cover-Up",
    ],
    .war: [
      "Regiment", "Siege", "Bridge", "Furlough", "Battalion", "Armistice", "Trench", "Bugler",
    ],
    .western: [
      "Stagecoach", "Marshal", "Saddle", "Drifter", "Gunsmoke", "Rustler", "Homestead", "Spurs",
    ],
  ]
}
