using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>What a series is tested for, and what a device would say of it.</summary>
/// <param name="File">The file it stands in.</param>
/// <param name="Channel">The tests; at least one.</param>
/// <param name="Interval">Time between samples; null where the series is to say.</param>
/// <param name="DepthMetres">Depth of all samples, m; null where it is not known.</param>
internal sealed record TestsOfFile(string File, ChannelTests Channel, TimeSpan? Interval, double? DepthMetres);

/// <summary>Reads <c>TESTS.toml</c>: the keys of <c>[[device.channel]]</c> that are about quality, and what its device says.
/// </summary>
internal static class TestsFile
{
    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(366);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tests; or why it cannot be read; or its mistakes.</returns>
    public static (TestsOfFile? Tests, string? Unreadable, IReadOnlyList<Problem> Problems) Load(string path)
    {
        var (text, unreadable) = TomlFile.Read(path, "pond-gateway qc --help shows what stands in it");
        return text is null ? (null, unreadable, []) : Read(path, text);
    }

    private static (TestsOfFile? Tests, string? Unreadable, IReadOnlyList<Problem> Problems) Read(string path, string text)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse(path, text, problems);
        var measurand = Measured(top);
        var tests = new TestsOfFile(
            path, QualitySection.Read(top, measurand, interval: null), top.Duration("interval", IntervalMin, IntervalMax), top.Number("depth_m", 0));

        // What other channels say no file of one series knows.
        CrossSection.Read(top, measurand);
        top.RefuseUnknownKeys();
        if (problems.Count == 0 && tests.Channel.IsEmpty)
        {
            top.Report(null, "nothing is tested for", "write fail, suspect or [qc]; pond-gateway qc --help shows an example");
        }

        return problems.Count == 0
            ? (tests, null, [])
            : (null, null, [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    private static Measurand? Measured(TomlSection top)
    {
        if (top.Text("measurand") is not { } name)
        {
            return null;
        }

        if (MeasurandNames.TryParse(name, out var measurand))
        {
            return measurand;
        }

        top.Report("measurand", $"there is no measurand \"{name}\"", Findings.Meant(name, [.. MeasurandNames.All.Select(each => each.WireName)]));
        return null;
    }
}
