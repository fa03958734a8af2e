using System.Text;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Web;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Repository;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web;

public sealed class LiveViewTests : IDisposable
{
    private readonly PageBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Alert_of_a_device_that_is_only_indicative_carries_the_word()
    {
        bench.Alerts =
        [
            new AlertStatus(
                AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 20)), AlertPhase.Firing, AlertBench.Start, AlertBench.Start, 20, 20, null)
            {
                Grade = "indicative",
            },
        ];

        Assert.Equal("indicative", Assert.Single(bench.Maker.Make().Alerts).Grade);
    }

    [Fact]
    public void What_is_known_survives_a_restart()
    {
        bench.Store(AlertBench.PointOf(-2, 3.25), AlertBench.PointOf(-1, null, QualityFlag.Missing));

        var after = bench.Restart();

        Assert.Equal(bench.Live.Values, after.Values);
        Assert.Equal((3.25, AlertBench.Start.AddMinutes(-2).ToUnixTimeMilliseconds()), after.Values.Single().LastNumber);
        Assert.Equal(PageBench.Gateway, after.Gateways.Single().Name);
    }

    [Fact]
    public void What_was_rolled_back_is_never_shown()
    {
        bench.Store(AlertBench.PointOf(-2, 1));
        bench.StoreAndLose(AlertBench.PointOf(-1, 99));
        bench.Store(AlertBench.PointOf(-1.5, 2));

        Assert.Equal(2, bench.Live.Values.Single().Value);
        Assert.Equal(2, bench.Restart().Values.Single().Value);
    }

    [Fact]
    public void Late_value_never_takes_the_place_of_a_newer_one()
    {
        bench.Store(AlertBench.PointOf(-1, 7));
        bench.Store(AlertBench.PointOf(-60, 3));

        Assert.Equal("7.00", bench.OnlyValue.Text);
    }

    [Fact]
    public void Time_ahead_of_now_is_not_shown_as_the_newest()
    {
        bench.Store(AlertBench.PointOf(-1, 7));
        bench.Store(AlertBench.PointOf(10, 3));

        Assert.Equal("7.00", bench.OnlyValue.Text);
    }

    [Fact]
    public void Value_carries_unit_with_basis_age_flag_and_reason()
    {
        var point = AlertBench.PointOf(-1, 15.04, QualityFlag.Suspect);
        bench.Store(point with { Value = point.Value with { Why = Why.Rate } });

        var value = bench.OnlyValue;

        Assert.Equal(
            ("15.0", "mg/L as N", "suspect", AlertBench.Start.AddMinutes(-1).ToUnixTimeMilliseconds(), false),
            (value.Text, value.Unit, value.Flag, value.TimeMs, value.IsOld));
        Assert.Equal(["changes faster than water does"], value.Reasons);
    }

    [Fact]
    public void Missing_value_is_no_number_and_the_last_one_is_told_apart()
    {
        bench.Store(AlertBench.PointOf(-5, 4), AlertBench.PointOf(-1, null, QualityFlag.Missing));

        var value = bench.OnlyValue;

        Assert.Equal((null, null, "missing", "4.00"), (value.Value, value.Text, value.Flag, value.LastText));
        Assert.Equal(AlertBench.Start.AddMinutes(-5).ToUnixTimeMilliseconds(), value.LastMs);
    }

    [Fact]
    public void Value_grows_old_once_the_next_two_were_due()
    {
        bench.Store(AlertBench.PointOf(0, 4));
        var basis = TimeSpan.FromMilliseconds(bench.OnlyValue.OldAfterMs);

        bench.Time.Advance(basis);
        Assert.False(bench.OnlyValue.IsOld);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(bench.OnlyValue.IsOld);
        Assert.Equal(TimeSpan.FromSeconds(150), basis);
    }

    [Fact]
    public void Gateway_that_falls_silent_is_offline_and_one_that_stops_is_not()
    {
        bench.Live.Health(PageBench.Gateway, Example("health"));
        Assert.Equal("on", Standing());
        bench.Time.Advance(TimeSpan.FromMinutes(7));
        Assert.Equal("offline", Standing());

        bench.Live.State(PageBench.Gateway, new StateMessage { On = false, Reason = "stop" });
        Assert.Equal("stopped", Standing());
    }

    [Theory]
    [InlineData(60, 22)]
    [InlineData(1_800, 44)]
    [InlineData(1_000_000, 89)]
    public void Gateway_to_which_bytes_are_dear_may_be_silent_for_as_long_as_its_records_gather(long gathers, int minutes)
    {
        bench.Live.State(PageBench.Gateway, new StateMessage { On = true, ReceiptSeconds = 600 });
        var health = HealthCodec.Decode(Example("health")).Value! with { Link = new LinkHealth(1, 1, gathers) };
        bench.Live.Health(PageBench.Gateway, HealthCodec.Encode(health));
        bench.Time.Advance(TimeSpan.FromMinutes(minutes));
        Assert.Equal("on", Standing());
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("offline", Standing());
    }

    [Fact]
    public void Malformed_health_and_description_change_nothing()
    {
        bench.Live.Health(PageBench.Gateway, Example("health"));
        var before = bench.Live.Gateways.Single();

        bench.Live.Health(PageBench.Gateway, Encoding.UTF8.GetBytes("{}"));
        bench.Live.Meta(PageBench.Gateway, Encoding.UTF8.GetBytes("<script>"));

        Assert.Equal(before, bench.Live.Gateways.Single());
        Assert.NotNull(before.Health);
    }

    [Fact]
    public void Names_without_end_are_bounded_and_said_to_be_missing()
    {
        bench.Store(AlertBench.PointOf(-1, 1));
        for (var name = 0; name <= LiveView.GatewaysMax; name++)
        {
            bench.Live.State(new GatewayName("pond", $"gz-{name}"), new StateMessage { On = false, Reason = "stop" });
        }

        bench.Store([.. Enumerable.Range(0, LiveView.ValuesMax + 10)
            .Select(number => AlertBench.PointOf(-1, 1) with { Device = $"d{number}" })]);

        Assert.Equal(LiveView.GatewaysMax, bench.Live.Gateways.Count);
        Assert.Equal(LiveView.ValuesMax, bench.Live.Values.Count);
        Assert.True(bench.Maker.Make().IsFull);
        bench.Store(AlertBench.PointOf(-0.5, 2));
        Assert.Contains(bench.Live.Values, value => value is { Value: 2, Name.Device: "stream-nh4" });
    }

    [Fact]
    public void Sites_that_a_gateway_makes_up_make_room_for_each_other()
    {
        for (var site = 0; site < 20; site++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            bench.Live.State(new GatewayName($"site-{site}", "gz-66"), new StateMessage { On = true });
        }

        bench.Live.State(new GatewayName("pond", "gz-08"), new StateMessage { On = true });
        Assert.Equal(
            ["gz-08 pond", "gz-66 site-16", "gz-66 site-17", "gz-66 site-18", "gz-66 site-19"],
            bench.Live.Gateways.Select(gateway => $"{gateway.Name.Gateway} {gateway.Name.Site}").Order(StringComparer.Ordinal));
        Assert.False(bench.Live.IsFull);
    }

    [Fact]
    public void Worst_value_of_an_alert_is_never_better_than_the_value_beside_it()
    {
        bench.Store(AlertBench.PointOf(-1, 30.1));
        bench.Alerts =
        [
            new AlertStatus(
                AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(-1, 1)), PondSentinel.Alerting.AlertPhase.Firing,
                AlertBench.Start.AddMinutes(-20), AlertBench.Start.AddMinutes(-10), 29, 29, "e"),
        ];

        var alert = bench.Maker.Make().Alerts.Single();

        Assert.Equal(("30.1", "30.1", "15", "above"), (alert.Value, alert.Peak, alert.Limit, alert.Side));
    }

    [Theory]
    [InlineData(100, false, "at least 100", "at least 100")] // Since the step of phase it has gone beyond the probe.
    [InlineData(100, true, "at least 100", "at least 100")]
    [InlineData(5, true, "5.00", "at least 30.0")] // Not past the limit: that it is at least 5 says nothing.
    public void Alert_shows_what_is_beyond_its_probe_as_a_least(double present, bool wasBound, string value, string peak)
    {
        var point = AlertBench.PointOf(-1, present, QualityFlag.Fail);
        bench.Store(point with { Value = point.Value with { Why = Why.OverRange } });
        bench.Alerts =
        [
            new AlertStatus(
                AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), AlertPhase.Firing, AlertBench.Start, AlertBench.Start, 20, 30, "e") { IsPeakBound = wasBound },
        ];

        var alert = bench.Maker.Make().Alerts.Single();

        Assert.Equal((value, peak), (alert.Value, alert.Peak));
    }

    [Fact]
    public void Nothing_is_shown_of_a_gateway_that_was_taken_down()
    {
        bench.Store(AlertBench.PointOf(0, 16));
        bench.Live.State(PageBench.Gateway, new StateMessage { On = true });
        Assert.Single(bench.Maker.Make().Sites);
        Assert.Single(bench.Maker.Make().Gateways);

        bench.Retired.Add(PageBench.Gateway);
        Assert.Empty(bench.Maker.Make().Sites);
        Assert.Empty(bench.Maker.Make().Gateways);
    }

    private string Standing() => bench.Maker.Make().Gateways.Single().Standing;

    [Theory]
    [InlineData(15.04, "15.04")]
    [InlineData(14.96, "14.96")]
    [InlineData(16.54, "16.5")]
    public void Number_beside_its_limit_is_never_rounded_onto_it(double value, string shown)
    {
        bench.Store(AlertBench.PointOf(-1, value));
        bench.Alerts =
        [
            new AlertStatus(
                AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), AlertPhase.Firing, AlertBench.Start, AlertBench.Start, value, value, "e"),
        ];

        var alert = bench.Maker.Make().Alerts.Single();

        Assert.Equal((shown, "15"), (alert.Value, alert.Limit));
        Assert.Equal(shown, alert.Peak);
    }

    private static byte[] Example(string name) =>
        File.ReadAllBytes(Checkout.Absolute($"tests/PondSentinel.Tests/Wire/Examples/{name}.json"));
}
