using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[station]]</c>.</summary>
internal static class StationSection
{
    /// <summary>Reads all stations and what holds between them.</summary>
    /// <param name="top">The file.</param>
    public static List<Located<StationOptions>> ReadAll(TomlSection top)
    {
        List<Located<StationOptions>> stations =
            [.. top.Tables("station").Select(section => new Located<StationOptions>(Read(section), section))];
        if (stations.Count == 0)
        {
            top.Report(null, "there is no [[station]]", "add one for each place at the site");
        }

        Findings.RefuseTwice(
            stations, station => station.Id, "id", station => $"station {station.Id} stands here twice", "rename one");
        RefuseWrongWays(stations);
        return stations;
    }

    private static StationOptions Read(TomlSection section)
    {
        var station = new StationOptions
        {
            Id = Findings.Name(section, "id"),
            Label = Findings.Label(section, "label"),
            Latitude = section.Number("latitude", -90, 90),
            Longitude = section.Number("longitude", -180, 180),
            UpstreamOf = section.Texts("upstream_of") ?? [],
        };
        section.RefuseUnknownKeys();
        return station;
    }

    private static void RefuseWrongWays(List<Located<StationOptions>> stations)
    {
        var ids = stations.Select(station => station.Value.Id).Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal);
        var downstream = stations.ToLookup(
            station => station.Value.Id, station => station.Value.UpstreamOf, StringComparer.Ordinal);
        foreach (var (station, section) in stations)
        {
            foreach (var name in station.UpstreamOf.Where(name => !ids.Contains(name)))
            {
                section.Report(
                    "upstream_of", $"upstream_of of [station] is not known: \"{name}\"", Findings.Meant(name, ids));
            }

            if (Reaches(station.Id, station.Id, downstream))
            {
                section.Report(
                    "upstream_of",
                    $"the water of station {station.Id} flows back to it",
                    "name only stations further down");
            }
        }
    }

    private static bool Reaches(string from, string to, ILookup<string, IReadOnlyList<string>> downstream)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        Stack<string> open = new([from]);
        while (open.TryPop(out var station))
        {
            foreach (var next in downstream[station].SelectMany(names => names))
            {
                if (string.Equals(next, to, StringComparison.Ordinal))
                {
                    return true;
                }

                if (seen.Add(next))
                {
                    open.Push(next);
                }
            }
        }

        return false;
    }
}
