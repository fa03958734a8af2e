using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>What <c>CHANNELS.toml</c> says is to be computed.</summary>
/// <param name="Channels">The channels, at least one.</param>
/// <param name="Columns">What the columns measure.</param>
/// <param name="Interval">Time between rows.</param>
internal sealed record ChannelsOfFile(
    IReadOnlyList<DerivedChannelOptions> Channels, IReadOnlyDictionary<string, Measurand> Columns, TimeSpan Interval);

/// <summary>Reads <c>CHANNELS.toml</c>: tables <c>[[channel]]</c> with the keys of <c>[[derived.channel]]</c>, and what the columns of
/// a recorded series measure.</summary>
internal static class DeriveFile
{
    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(366);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">The columns of the series.</param>
    /// <param name="interval">Time between its rows, where the file does not say.</param>
    /// <returns>What is to be computed; or why the file cannot be read; or its mistakes.</returns>
    public static (ChannelsOfFile? Channels, string? Unreadable, IReadOnlyList<Problem> Problems) Load(
        string path, IReadOnlyList<string> columns, TimeSpan interval)
    {
        var (text, unreadable) = TomlFile.Read(path, "pond-gateway derive --help shows what stands in it");
        if (text is null)
        {
            return (null, unreadable, []);
        }

        List<Problem> problems = [];
        var top = TomlSection.Parse(path, text, problems);
        interval = top.Duration("interval", IntervalMin, IntervalMax) ?? interval;
        var measurands = Measurands(top, columns);
        List<Located<DerivedChannelOptions>> channels = [];
        foreach (var section in top.Tables("channel"))
        {
            var id = Findings.Name(section, "id");
            if (FormulaSection.Read(section, id, measurands, interval) is { } channel)
            {
                channels.Add(new(channel, section));
            }

            if (section.Text("formula") is not null)
            {
                section.RefuseUnknownKeys();
            }
        }

        Findings.RefuseTwice(channels, channel => channel.Id, "id", channel => $"channel {channel.Id} stands here twice", "rename one");
        top.RefuseUnknownKeys();
        if (problems.Count == 0 && channels.Count == 0)
        {
            top.Report(null, "nothing is computed", "add a [[channel]]; pond-gateway derive --help shows an example");
        }

        return problems.Count == 0
            ? (new([.. channels.Select(channel => channel.Value)], measurands, interval), null, [])
            : (null, null, [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    // A column that is called as a measurand is one; of the others the file has to tell.
    private static Dictionary<string, Measurand> Measurands(TomlSection top, IReadOnlyList<string> columns)
    {
        Dictionary<string, Measurand> measurands = new(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            if (MeasurandNames.TryParse(column, out var measurand))
            {
                measurands[column] = measurand;
            }
        }

        if (top.Table("columns") is not { } table)
        {
            return measurands;
        }

        foreach (var column in table.Keys.ToList())
        {
            var name = table.Text(column) ?? "";
            if (!columns.Contains(column, StringComparer.Ordinal))
            {
                table.Report(column, $"the series has no column \"{column}\"", Findings.Meant(column, columns));
            }
            else if (MeasurandNames.TryParse(name, out var measurand))
            {
                measurands[column] = measurand;
            }
            else if (name.Length > 0)
            {
                table.Report(column, $"there is no measurand \"{name}\"", Findings.Meant(name, [.. MeasurandNames.All.Select(each => each.WireName)]));
            }
        }

        return measurands;
    }
}
