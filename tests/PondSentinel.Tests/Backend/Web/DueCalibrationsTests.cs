using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Web;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Recalculation;

namespace PondSentinel.Tests.Backend.Web;

public sealed class DueCalibrationsTests : IDisposable
{
    private readonly PageBench bench = new();
    private long came;

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Newest_accepted_calibration_says_what_is_due_and_a_refused_one_changes_nothing()
    {
        bench.Store(AlertBench.PointOf(-1, 16.5));
        var due = new DueCalibrations(bench.State.Connect, bench.Time);
        var maker = new SnapshotMaker("b1", [], bench.Live, () => [], () => [], bench.Time, due: () => due.Soon);
        IEnumerable<double> DaysLeft() => maker.Make().CalibrationsDue.Select(view => (view.DueMs - bench.Time.GetUtcNow().ToUnixTimeMilliseconds()) / 86_400_000.0);

        Assert.Empty(DaysLeft());
        Keep("c1", dueInDays: -2);
        Assert.Empty(DaysLeft());
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([-2], DaysLeft().Select(days => Math.Round(days)));
        var view = maker.Make().CalibrationsDue.Single();
        Assert.Equal(("pond", "stream", "gz-07", "stream-nh4", "nh4n", "Ammonium (NH4-N)"), (view.Site, view.Station, view.Gateway, view.Device, view.Channel, view.Label));

        Keep("c2", dueInDays: 90, "slope too low");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([-2], DaysLeft().Select(days => Math.Round(days)));
        Keep("c3", dueInDays: 30);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(DaysLeft());
        bench.Time.Advance(TimeSpan.FromDays(17));
        Assert.Equal([13], DaysLeft().Select(days => Math.Round(days)));
    }

    private void Keep(string id, int dueInDays, params IReadOnlyList<string> reasons) => bench.Write(transaction => new CalibrationTable(transaction).Keep(
        "gz-07",
        CalibrationEvents.Of(new CalibrationRecord
        {
            Id = id, Device = "stream-nh4", Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Model = "m", By = "li", Kind = CalibrationKind.Instrument, Celsius = 20,
            TimeMs = AlertBench.Start.AddDays(-60).ToUnixTimeMilliseconds(), DueMs = bench.Time.GetUtcNow().AddDays(dueInDays).ToUnixTimeMilliseconds(), Reasons = reasons,
        }),
        came++));
}
