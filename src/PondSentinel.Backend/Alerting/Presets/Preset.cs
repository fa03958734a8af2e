using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>How far a preset may be believed.</summary>
public enum PresetStatus
{
    /// <summary>Its limits and periods were seen in the source that it names.</summary>
    Verified,

    /// <summary>They are as widely quoted, and the text of the standard was not seen: compare it before anybody relies on it.</summary>
    CheckTheStandard,

    /// <summary>From no standard: a threshold to act on, proposed by this project.</summary>
    Operational,
}

/// <summary>Rules that go together under the name of a standard. One line puts them to work on a station.</summary>
/// <param name="Name">Its name in a configuration.</param>
/// <param name="Standard">The standard; null for an operational one.</param>
/// <param name="Clause">The clause of it.</param>
/// <param name="Averaging">What the limits are held against, for people.</param>
/// <param name="Status">How far it may be believed.</param>
/// <param name="Source">Where the numbers were seen.</param>
/// <param name="Unchecked">What of it was seen in no source, for people; null: nothing.</param>
/// <param name="Rules">The rules, for every channel of their measurands.</param>
/// <param name="Limit">What the limit is that only the site knows, of which those of the rules are multiples; null where they are limits.</param>
/// <param name="Text">The whole as this program has it, TOML.</param>
public sealed record Preset(
    string Name,
    string? Standard,
    string? Clause,
    string Averaging,
    PresetStatus Status,
    string Source,
    string? Unchecked,
    IReadOnlyList<AlertRule> Rules,
    string? Limit,
    string Text)
{
    private static readonly Dictionary<string, PresetStatus> Statuses = new(StringComparer.Ordinal)
    {
        ["verified"] = PresetStatus.Verified,
        ["check the standard"] = PresetStatus.CheckTheStandard,
        ["operational"] = PresetStatus.Operational,
    };

    /// <summary>Every preset, by name.</summary>
    public static IReadOnlyDictionary<string, Preset> All { get; } = Load();

    /// <summary>The word of a status.</summary>
    public string StatusWord => Statuses.First(pair => pair.Value == Status).Key;

    /// <summary>How far it may be believed, in words, with what was not seen in the source of one that is verified.</summary>
    public string Standing => Status == PresetStatus.Verified && Unchecked is { } doubt ? $"{StatusWord}, but for {doubt}" : StatusWord;

    /// <summary>Reads a preset.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">TOML.</param>
    /// <param name="problems">Takes what is wrong with it.</param>
    internal static Preset? Read(string name, string text, List<Problem> problems)
    {
        var top = TomlSection.Parse($"{name}.toml", text, problems);
        var standard = top.Text("standard");
        var clause = top.Text("clause", required: standard is not null);
        var clauseZh = top.Text("clause_zh", required: clause is not null);
        var averaging = top.Text("averaging", required: true);
        var status = top.Word("status", Statuses, required: true);
        var source = top.Text("source", required: true);
        var limit = top.Text("limit");
        var (doubt, doubtZh) = UncheckedOf(top, status);
        var rules = RuleConfiguration.ReadOwn(top, problems);
        top.RefuseUnknownKeys();
        return problems.Count > 0
            ? null
            : new Preset(
                name, standard, clause, averaging!, status!.Value, source!, doubt,
                [.. rules.Select(rule => rule with { Standard = standard, Clause = clause, ClauseZh = clauseZh, Unchecked = doubt, UncheckedZh = doubtZh })],
                limit,
                text);
    }

    // Whoever is told of a limit is told too that nobody has seen it in the standard.
    private static (string? English, string? Chinese) UncheckedOf(TomlSection top, PresetStatus? status)
    {
        var isNeeded = status == PresetStatus.CheckTheStandard;
        var english = top.Text("unchecked", isNeeded);
        return (english, top.Text("unchecked_zh", required: isNeeded || english is not null));
    }

    private static Dictionary<string, Preset> Load()
    {
        const string Folder = "Presets/";
        var assembly = typeof(Preset).Assembly;
        Dictionary<string, Preset> all = new(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = Path.GetFileNameWithoutExtension(resource[Folder.Length..]);
            List<Problem> problems = [];
            all.Add(name, Read(name, reader.ReadToEnd(), problems)
                ?? throw new InvalidDataException($"A preset of this program cannot be read: {string.Join("; ", problems)}"));
        }

        return all;
    }
}
