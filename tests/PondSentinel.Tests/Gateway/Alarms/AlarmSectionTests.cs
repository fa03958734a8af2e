using PondSentinel.Alerting;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Alarms;

/// <summary><c>[[alarm]]</c> and <c>[[relay]]</c>: what they mean, and every mistake in them with its place.</summary>
public sealed class AlarmSectionTests
{
    private const string Settings = """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond-a"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/serial/by-id/a"
        supply_relay = { gpio = 22, cuts_at = "high" }
        [[bus]]
        id = "contacts"
        kind = "gpio"
        [[device]]
        id = "rain"
        station = "pond-a"
        bus = "contacts"
        model = "pulse-counter"
        address = 5
        interval = "1m"
        quantity = "rain"
        per_pulse = 0.2
        channel = [{ id = "total", output = "total" }]
        [[device]]
        id = "probe"
        station = "pond-a"
        bus = "rs485"
        model = "probe-nh4"
        address = 1
        interval = "1m"
        channel = [{ id = "nh4n", output = "nh4n" }, { id = "ph", output = "ph" }]

        """;

    private const string Siren = """
        [[relay]]
        id = "siren"
        kind = "siren"
        gpio = 17
        trips_at = "high"

        """;

    private const string Alarm = """
        [[alarm]]
        id = "leak"
        channel = "probe.nh4n"
        raise_above = 15
        clear_below = 12
        hold_raise = "2m"
        hold_clear = "10m"
        severity = "urgent"
        relays = ["siren"]

        """;

    [Fact]
    public void Alarm_has_the_limits_of_a_rule_and_the_relays_that_it_trips()
    {
        var read = Read(Settings + Siren + Alarm + "text = \"The pond leaks\"\ntext_zh = \"集液池泄漏\"\ndo = \"Close the outlet\"\ndo_zh = \"关闭出水口\"\nstatistic = { count = [2, 3] }\n");
        Assert.Equal([], read.Problems);
        Assert.Equal([], read.Warnings);
        var alarm = Assert.Single(read.Configuration!.Alarms);
        Assert.Equal(("leak", "probe.nh4n", "pond-a", Severity.Urgent, "The pond leaks"), (alarm.Id, alarm.Reference, alarm.Station, alarm.Severity, alarm.Text));
        Assert.Equal(("集液池泄漏", "Close the outlet", "关闭出水口"), (alarm.TextZh, alarm.Do, alarm.DoZh));
        Assert.Equal((15, 12, TimeSpan.FromMinutes(2)), (alarm.Threshold.RaiseLimit, alarm.Threshold.ClearLimit, alarm.Threshold.HoldRaise));
        Assert.Equal(new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above }, alarm.Statistic);
        Assert.Equal(
            new RelayOptions
            {
                Id = "siren", Kind = RelayKind.Siren, Chip = new GpioSettings(0), Line = 17, TripsAtHigh = true, OnMax = TimeSpan.FromMinutes(15),
            },
            Assert.Single(read.Configuration.Relays));
    }

    /// <summary>A test for spikes waits for the value after it.</summary>
    [Theory]
    [InlineData("hold_raise = \"0s\"", true)]
    [InlineData("hold_raise = \"0s\"\nstatistic = { count = [2, 3] }", false)]
    [InlineData("hold_raise = \"2m\"", false)]
    public void Alarm_that_one_value_raises_is_warned_of(string hold, bool warns)
    {
        var read = Read(Settings + Siren + Alarm.Replace("hold_raise = \"2m\"", hold, StringComparison.Ordinal));
        Assert.Equal([], read.Problems);
        Assert.Equal(
            warns ? ["42:1: one value alone raises alarm leak, be it a spike; write a hold longer than what lies between two values, or statistic = { count = [2, 2] }"] : [],
            read.Warnings.Select(warning => $"{warning.Line}:{warning.Column}: {warning.What}; {warning.Mend}"));
    }

    [Fact]
    public void Band_is_two_alarms() =>
        Assert.Equal(
            [("acid-low", LimitSide.Below), ("acid-high", LimitSide.Above)],
            Read(Settings + """
                [[alarm]]
                id = "acid"
                channel = "probe.ph"
                raise_outside = [6, 9]
                clear_inside = [6.2, 8.8]
                hold_raise = "0s"
                hold_clear = "10m"
                severity = "high"
                """).Configuration!.Alarms.Select(alarm => (alarm.Id, alarm.Threshold.Side)));

    [Theory]
    [InlineData("channel = \"probe.nh4n\"", "channel = \"probe.nh4\"", "39:1: channel of [alarm] is not known: \"probe.nh4\"; did you mean probe.nh4n?")]
    [InlineData("clear_below = 12", "clear_below = 16", "41:1: clear_below lies on the bad side of raise_above, so a value could raise and clear at once; make it at most the limit")]
    [InlineData("raise_above = 15\nclear_below = 12", "raise_above = 15\nclear_below = 0\nstatistic = { no_value = true }", "41:1: nothing is below 0 min, so the alarm would never be over and the next would be told to nobody; write clear_below = 15")]
    [InlineData("relays = [\"siren\"]", "relays = [\"sirene\"]", "45:1: relays of [alarm] names no [[relay]]: \"sirene\"; did you mean siren?")]
    [InlineData("relays = [\"siren\"]", "relays = [\"siren\"]\nstatistic = { mean = \"24h\", window = \"clock\" }", "46:1: a mean by the clock is the backend's: a gateway does not always know the time of day; use a rolling mean, or make it a [[rule]] of the backend")]
    [InlineData("id = \"leak\"", "id = \"leak-of-the-upper-pond-of-zudong\"", "38:1: alarm leak-of-the-upper-pond-of-zudong has too long a name; use at most 29 characters")]
    [InlineData("severity = \"urgent\"", "", "37:3: severity of [alarm] is missing; add it here")]
    [InlineData("gpio = 17", "gpio = 5", "35:1: line 5 of /dev/gpiochip0 is device rain's already; put the relay on another line")]
    [InlineData("gpio = 17", "gpio = 22", "35:1: line 22 of /dev/gpiochip0 is bus rs485's already; put the relay on another line")]
    [InlineData("trips_at = \"high\"", "trips_at = \"high\"\nmax_on = \"5s\"", "37:1: relay siren may be tripped for 5s and not be switched again for 10s; make max_on at least rest")]
    [InlineData("trips_at = \"high\"", "trips_at = \"high\"\non_fault = \"trip\"\nfault_after = \"90s\"", "38:1: relay siren takes probe.nh4n for silent after 90s, and it is asked every 1m; make fault_after at least 2m")]
    public void Mistake_is_told_with_its_place(string right, string wrong, string expected) =>
        Assert.Contains(
            $"gateway.toml:{expected}", Read((Settings + Siren + Alarm).Replace(right, wrong, StringComparison.Ordinal)).Problems.Select(problem => problem.ToString()));

    [Theory]
    [InlineData("relays = [\"siren\"]", "", "33:1: no alarm trips relay siren; name it in relays of an [[alarm]], or remove it")]
    [InlineData("clear_below = 12", "clear_below = 0", "41:1: nothing is below 0 mg/L as N, so the alarm may never be over and the next be told to nobody; write clear_below = 15, or a little less")]
    [InlineData("kind = \"siren\"", "kind = \"stop\"\nmax_on = \"1h\"", "35:1: relay siren lets go after 1h although the alarm goes on; remove max_on where it must stay tripped until the alarm is over")]
    [InlineData("kind = \"siren\"", "kind = \"stop\"\nwhile = \"offline\"", "35:1: relay siren stops nothing while there is a link: the backend stops nothing either; remove while")]
    public void What_is_unwise_is_told(string right, string wrong, string expected) =>
        Assert.Equal(
            [$"gateway.toml:{expected}"],
            Read((Settings + Siren + Alarm).Replace(right, wrong, StringComparison.Ordinal)).Warnings.Select(problem => problem.ToString()));

    private static LoadedConfiguration Read(string text) => GatewayConfigurationFile.Read(
        "gateway.toml", text, SensorCatalogue.Models.Concat(TestModels.Known).ToDictionary(StringComparer.Ordinal));
}
