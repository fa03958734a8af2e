using PondSentinel.Backend;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary>A rule that looks at what nobody has never rings, and nobody would know: <c>check</c> says so once values have come.</summary>
public sealed class KnownPlacesTests : IDisposable
{
    private const string Limits = "measurand = \"ammonium_n_mg_l\"\nraise_above = 15\nclear_below = 13\nhold_raise = \"5m\"\nhold_clear = \"5m\"\nseverity = \"high\"\n";
    private const string Rule = $"[[rule]]\nid = \"leak\"\n{Limits}";
    private const string Outlet = $"{Rule}station = \"outlet\"\n";

    private readonly string folder = Directory.CreateTempSubdirectory("pond-places-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(Outlet)]
    [InlineData(Rule)]
    [InlineData($"{Outlet}against = {{ station = \"spring\", within = \"1h\" }}\n")]
    [InlineData($"{Outlet}against = {{ station = \"spring\", within = \"1h\" }}\n", "what it is compared with has not come, so it never rings: nothing has come of a station sprng yet; did you mean spring?", "spring\"", "sprng\"")]
    [InlineData($"{Rule}site = \"longnan\"\nagainst = {{ station = \"spring\", within = \"1h\" }}\n", "what it is compared with has not come, so it never rings: no channel that has come is ammonium_n_mg_l at spring; there is gannan/spring nh4.nh4n")]
    [InlineData($"{Outlet}when = [{{ measurand = \"wind_speed_m_s\", station = \"mast\", above = 3, within = \"1h\" }}]\n", "what a condition looks at has not come, so it never rings: nothing has come of a station mast yet")]
    [InlineData($"{Outlet}unless = [{{ measurand = \"wind_speed_m_s\", above = 3, within = \"1h\" }}]\n")]
    [InlineData($"{Outlet}unless = [{{ measurand = \"wind_speed_m_s\", station = \"mast\", above = 3, within = \"1h\" }}]\n", "what is to bar it has not come, so nothing does: nothing has come of a station mast yet")]
    [InlineData($"{Outlet}when = [{{ measurand = \"wind_speed_m_s\", above = 3, within = \"1h\" }}]\n", "what a condition looks at has not come, so it never rings: no channel that has come is wind_speed_m_s at the same station")]
    [InlineData($"{Outlet}confirmed_by = {{ device = \"nh4-2\", within = \"1h\" }}\n", "what is to confirm it has not come, so nothing does: nothing has come of a device nh4-2 yet")]
    [InlineData($"{Outlet}", "it never rings: no channel that has come is total_ammonia_n_mg_l at */outlet *.*; there are ammonium_n_mg_l, ph", "ammonium_n_mg_l", "total_ammonia_n_mg_l")]
    [InlineData($"{Rule}device = \"ph1\"\n", "it never rings: no channel that has come is ammonium_n_mg_l at */* ph1.*; there is ph")]
    [InlineData($"{Outlet}channel = \"nh4\"\n", "nothing has come of a channel nh4 yet; did you mean nh4n?")]
    [InlineData($"{Outlet}device = \"ph1\"\nchannel = \"nh4n\"\n", "it never rings: no channel that has come is ammonium_n_mg_l at */outlet ph1.nh4n")]
    [InlineData("[[rule]]\nid = \"off\"\noffline = \"30m\"\ngateway = \"gz-70\"\nseverity = \"high\"\n", "nothing has come of a gateway gz-70 yet")]
    [InlineData("[[rule]]\nid = \"off\"\noffline = \"30m\"\ngateway = \"gz-07\"\nseverity = \"high\"\n")]
    [InlineData("[[preset]]\nname = \"leak\"\nstation = \"outlet\"\nwith = { upstream = \"spring\" }\n")]
    [InlineData($"{Outlet}[[webhook]]\nurl = \"https://a.example\"\nsites = [\"gannan\", \"b1\"]\n")]
    [InlineData($"{Outlet}[[webhook]]\nurl = \"https://a.example\"\nsites = [\"gannann\", \"b1\"]\n", "sites of webhook: nothing has come of a site gannann yet; did you mean gannan?")]
    public void What_a_rule_looks_at_and_nothing_has_come_of_is_warned_of(string configuration, string? expected = null, string right = " ", string wrong = " ")
    {
        Come(
            ("gz-07", "nh4", "nh4n", "ammonium_n_mg_l", "outlet", "gannan"), ("gz-07", "ph1", "ph", "ph", "outlet", "gannan"),
            ("gz-07", "nh4", "nh4n", "ammonium_n_mg_l", "spring", "gannan"), ("gz-09", "nh4", "nh4n", "ammonium_n_mg_l", "outlet", "longnan"));

        Assert.Equal(expected is null ? [] : [expected], Warnings(configuration.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public void Leak_that_is_compared_with_a_station_that_nobody_has_is_warned_of_in_each_of_its_rules()
    {
        Come(("gz-07", "nh4", "nh4n", "ammonium_n_mg_l", "outlet", "gannan"), ("gz-07", "nh4", "nh4n", "ammonium_n_mg_l", "spring", "gannan"));

        var warnings = Warnings("[[preset]]\nname = \"leak\"\nstation = \"outlet\"\nwith = { upstream = \"sprng\" }\n");

        Assert.NotEmpty(warnings);
        Assert.Contains(warnings, warning => warning.Contains("so it never rings: nothing has come of a station sprng yet; did you mean spring?", StringComparison.Ordinal));
    }

    [Fact]
    public void Before_any_value_has_come_nothing_is_strange() =>
        Assert.Empty(Warnings($"{Outlet}against = {{ station = \"sprng\", within = \"1h\" }}\n"));

    private void Come(params (string Gateway, string Device, string Channel, string Measurand, string Station, string Site)[] channels)
    {
        using var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile), TimeProvider.System).Connect();
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        foreach (var (gateway, device, channel, measurand, station, site) in channels)
        {
            transaction.Execute(
                "INSERT INTO ingest_channel VALUES ($gateway, $device, $channel, $measurand, $station, $site)",
                ("$gateway", gateway), ("$device", device), ("$channel", channel), ("$measurand", measurand), ("$station", station), ("$site", site));
        }

        transaction.Commit();
    }

    private List<string> Warnings(string configuration)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", $"[backend]\nfolder = \"{folder}\"\n{configuration}");
        using var output = new StringWriter();
        Assert.True(CheckCommand.Report("b.toml", loaded, output) == 0, string.Join('\n', loaded.Problems) + output);
        const string Warning = "  warning: ";
        return [.. output.ToString().Split('\n').Where(line => line.StartsWith(Warning, StringComparison.Ordinal)).Select(line => line[Warning.Length..])
            .Where(line => line.Contains("come", StringComparison.Ordinal))];
    }
}
