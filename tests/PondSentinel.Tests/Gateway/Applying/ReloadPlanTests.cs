using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Applying;

public sealed class ReloadPlanTests
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
        [[bus]]
        id = "second"
        kind = "serial"
        port = "/dev/ttyUSB1"
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
          [[device.channel]]
          id = "t"
          output = "temperature"
        [[device]]
        id = "nh4"
        station = "pond-a"
        bus = "second"
        model = "yosemitech-y560"
        address = 5
        interval = "1m"
          [[device.channel]]
          id = "nh4n"
          output = "nh4n"
        [[derived]]
        id = "fish"
        station = "pond-a"
        interval = "1m"
          [[derived.channel]]
          id = "nh3n"
          formula = "unionized-ammonia-nitrogen"
          ammonium = "nh4.nh4n"
          ph = "ph.ph"
          temperature = "ph.t"
        [buffer]
        folder = "/var/lib/pondsentinel/buffer"
        [uplink]
        host = "broker.example.org"
        """;

    [Theory]
    [InlineData("host = \"broker.example.org\"", "host = \"broker.example.com\"", "uplink")]
    [InlineData("id = \"pond-a\"\n[[bus]]", "id = \"pond-a\"\nlabel = \"Pond A\"\n[[bus]]", "")]
    [InlineData("address = 3\ninterval = \"1m\"", "address = 3\ninterval = \"30s\"", "changed ph")]
    [InlineData("/dev/ttyUSB1", "/dev/ttyUSB2", "changed nh4 closed second")]
    [InlineData("id = \"nh4\"\nstation", "id = \"nh4-new\"\nstation", "added nh4-new removed nh4 changed fish", "\"nh4.nh4n\"", "\"nh4-new.nh4n\"")]
    [InlineData("formula = \"unionized", "label = \"For fish\"\n  formula = \"unionized", "changed fish")]
    [InlineData("folder = \"/var/lib/pondsentinel/buffer\"", "folder = \"/srv/buffer\"", "left buffer.folder")]
    [InlineData("site = \"zudong\"", "site = \"elsewhere\"", "left gateway.site")]
    [InlineData("[buffer]", "[clock]\nsource = \"system\"\n[buffer]", "left clock.source")]
    [InlineData("[uplink]\nhost = \"broker.example.org\"", "", "uplink")]
    [InlineData("[buffer]", "[[alarm]]\nid = \"acid\"\nchannel = \"ph.ph\"\nraise_below = 6\nclear_above = 6.2\nhold_raise = \"5m\"\nhold_clear = \"5m\"\nseverity = \"high\"\n[buffer]", "anew alarm acid")]
    [InlineData("[[bus]]\nid = \"second\"", "[[relay]]\nid = \"siren\"\nkind = \"siren\"\ngpio = 17\ntrips_at = \"high\"\n[[bus]]\nid = \"second\"", "anew relay siren")]
    [InlineData("[[bus]]\nid = \"second\"", "# a word\n[[bus]]\nid = \"second\"", "")]
    public void Only_what_is_concerned_is_touched(string from, string to, string expected, string alsoFrom = "", string alsoTo = "")
    {
        var text = Pond.Replace(from, to, StringComparison.Ordinal);
        text = alsoFrom.Length > 0 ? text.Replace(alsoFrom, alsoTo, StringComparison.Ordinal) : text;
        Assert.NotEqual(Pond, text);

        Assert.Equal(expected, Told(Plan(Pond, text)));
    }

    [Fact]
    public void What_is_left_until_a_restart_is_said_each_time_and_goes_on_as_it_was()
    {
        var text = Pond.Replace("/var/lib/pondsentinel/buffer", "/srv/buffer", StringComparison.Ordinal).Replace("gz-07", "gz-08", StringComparison.Ordinal);
        var first = Plan(Pond, text);
        var again = ReloadPlan.Of(first.Wanted, Read(text));

        Assert.Equal(["buffer.folder", "gateway.id"], first.Left.Select(change => change.Path).Order(StringComparer.Ordinal));
        Assert.Equal(Told(first), Told(again));
        Assert.Equal(("gz-07", "/var/lib/pondsentinel/buffer"), (again.Wanted.Configuration!.Id, again.Wanted.Configuration.Buffer.Folder));
        Assert.Equal("", Told(ReloadPlan.Of(again.Wanted, Read(Pond))));
    }

    [Fact]
    public void Another_profile_of_its_own_concerns_the_devices_that_are_read_by_it()
    {
        var folder = Directory.CreateTempSubdirectory("profiles").FullName;
        try
        {
            var profile = Path.Combine(folder, "probe.toml");
            File.Copy(Path.Combine(Repository.Checkout.Root, "deploy", "profiles", "probe.toml"), profile);
            var id = GatewayConfigurationFile.Read("x", $"[gateway]\nid = \"a\"\nsite = \"b\"\nprofiles = \"{folder}\"\n").Settings.All
                .Single(setting => setting.Path.StartsWith("profile ", StringComparison.Ordinal)).Path["profile ".Length..];
            var text = Pond.Replace("site = \"zudong\"", $"site = \"zudong\"\nprofiles = \"{folder}\"", StringComparison.Ordinal);
            var before = Read(text);
            File.AppendAllText(profile, "\n# another word\n");

            Assert.Equal("", Told(ReloadPlan.Of(before, Read(text))));
            Assert.Equal([$"profile {id}"], ReloadPlan.Of(before, Read(text)).Changes.Select(change => change.Path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ReloadPlan Plan(string running, string wanted) => ReloadPlan.Of(Read(running), Read(wanted));

    private static LoadedConfiguration Read(string text)
    {
        var loaded = GatewayConfigurationFile.Read("gateway.toml", text);
        Assert.Equal([], loaded.Problems.Select(problem => problem.ToString()));
        return loaded;
    }

    private static string Told(ReloadPlan plan) => string.Join(' ', (string[])
    [
        .. plan.Added.Select(device => $"added {device}"),
        .. plan.Removed.Select(device => $"removed {device}"),
        .. plan.Changed.Select(device => $"changed {device}"),
        .. plan.Closed.Select(bus => $"closed {bus}"),
        .. plan.Alarms.Select(group => $"anew {group}"),
        .. plan.Left.Select(change => $"left {change.Path}"),
        .. plan.IsUplinkChanged ? new[] { "uplink" } : [],
    ]);
}
