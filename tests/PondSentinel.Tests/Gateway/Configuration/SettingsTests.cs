using CsCheck;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Configuration;

public sealed class SettingsTests
{
    private const string Pond =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond-a"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/ttyUSB0"
        [[device]]
        id = "ph"
        station = "pond-a"
        bus = "rs485"
        model = "yosemitech-y532"
        address = 3
        interval = "1m"
          [[device.channel]]
          id = "ph"
          output = "ph"
          fail = [0, 14]
          qc = { spike = { suspect = 0.3, fail = 1 } }
        [uplink]
        host = "broker.example.org"
        password = "open sesame"
        """;

    [Fact]
    public void Settings_stand_by_the_name_of_their_section_in_one_form_of_writing() => Assert.Equal(
        [
            "gateway.id = \"gz-07\"",
            "gateway.site = \"zudong\"",
            "station pond-a.id = \"pond-a\"",
            "bus rs485.id = \"rs485\"",
            "bus rs485.kind = \"serial\"",
            "bus rs485.port = \"/dev/ttyUSB0\"",
            "device ph.id = \"ph\"",
            "device ph.station = \"pond-a\"",
            "device ph.bus = \"rs485\"",
            "device ph.model = \"yosemitech-y532\"",
            "device ph.address = 3",
            "device ph.interval = \"1m\"",
            "device ph.channel ph.id = \"ph\"",
            "device ph.channel ph.output = \"ph\"",
            "device ph.channel ph.fail = [0, 14]",
            "device ph.channel ph.qc.spike.suspect = 0.3",
            "device ph.channel ph.qc.spike.fail = 1",
            "uplink.host = \"broker.example.org\"",
            "uplink.password = \"open sesame\"",
        ],
        Of(Pond).All.Select(setting => $"{setting.Path} = {setting.Value}"));

    [Fact]
    public void Layout_comments_and_the_way_a_table_is_written_are_no_difference()
    {
        var other = Pond
            .Replace("[0, 14]", "[ 0,  14 ] # acid to lye", StringComparison.Ordinal)
            .Replace("qc = { spike = { suspect = 0.3, fail = 1 } }", "qc.spike.fail = 1\n  qc.spike.suspect = 0.3", StringComparison.Ordinal)
            .Replace("address = 3", "address = 0x3", StringComparison.Ordinal)
            .Replace("id = \"gz-07\"\nsite = \"zudong\"", "site = 'zudong'\n\nid = \"gz-07\"", StringComparison.Ordinal);

        Assert.NotEqual(Pond, other);
        Assert.Empty(SettingsDifference.Of(Of(Pond), Of(other)));
    }

    [Fact]
    public void Difference_is_told_setting_by_setting_and_never_a_secret() => Assert.Equal(
        """
        - device ph.interval = "1m"
        + device ph.interval = "30s"
        + device ph.label = "pH \"A\""
        - uplink.password = (not shown)
        + uplink.password = (not shown)
        - device ph.channel ph.fail = [0, 14]
        """,
        string.Join('\n', SettingsDifference.Of(
            Of(Pond),
            Of(Pond.Replace("interval = \"1m\"", "interval = \"30s\"\nlabel = 'pH \"A\"'", StringComparison.Ordinal)
                .Replace("open sesame", "close sesame", StringComparison.Ordinal)
                .Replace("fail = [0, 14]", "", StringComparison.Ordinal))).SelectMany(change => change.Lines)));

    [Fact]
    public void What_differs_carried_over_leaves_no_difference() => Gen.Select(Gen.Int[0, 3].Array[6], Gen.Int[0, 3].Array[6]).Sample((a, b) =>
    {
        var (old, now) = (Of(Text(a)), Of(Text(b)));
        var carried = old.All.ToDictionary(setting => setting.Path, setting => setting.Value);
        foreach (var change in SettingsDifference.Of(old, now))
        {
            Assert.Equal(old.Of(change.Path), change.Old);
            Assert.NotEqual(change.Old, change.New);
            carried.Remove(change.Path);
            if (change.New is not null)
            {
                carried.Add(change.Path, change.New);
            }
        }

        Assert.Equal(
            now.All.ToDictionary(setting => setting.Path, setting => setting.Value).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            carried.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Empty(SettingsDifference.Of(now, Of(Text(b) + "\n# said again\n")));
    });

    // Each digit is a choice: what a setting says, or that it is left out.
    private static string Text(int[] choices) => string.Join('\n', choices.Select((choice, i) => choice == 0 ? "" : $"[[device]]\nid = \"d{i}\"\nx = {choice}"));

    private static SettingsList Of(string text) => GatewayConfigurationFile.Read("gateway.toml", text).Settings;
}
