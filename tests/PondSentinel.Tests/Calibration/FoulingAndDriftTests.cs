using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Calibration;

public sealed class FoulingAndDriftTests
{
    private const string Vectors = "tests/PondSentinel.Tests/Calibration/vectors/usgs_corrections.json";
    private const long HourMs = 3_600_000;

    [Fact]
    public void Every_known_answer_is_given()
    {
        var cases = JsonElement.Parse(File.ReadAllText(Checkout.Absolute(Vectors))).GetProperty("cases");
        Assert.Equal(3, cases.GetArrayLength());
        foreach (var known in cases.EnumerateArray())
        {
            double Number(string name) => known.GetProperty(name).GetDouble();
            if (known.GetProperty("kind").GetString() == "usgs_correction_pct")
            {
                var found = FoulingAndDrift.Of(
                    Number("monitor_before"), Number("monitor_after"), Number("field_start"), Number("field_end"),
                    Number("standard"), Number("reading_in_standard"));
                Assert.Equal(Number("fouling_pct"), found.FoulingPercent, 1e-6);
                Assert.Equal(Number("drift_pct"), found.DriftPercent, 1e-6);
                Assert.Equal(Number("total_abs_pct"), found.TotalPercent, 1e-6);
            }
            else
            {
                Assert.Equal(
                    Number("corrected"),
                    FoulingAndDrift.Prorated(
                        Number("raw"), (long)Number("t_h") * HourMs, (long)Number("t_start_h") * HourMs,
                        (long)Number("t_end_h") * HourMs, Number("pct_at_end")),
                    1e-9);
            }
        }
    }

    [Theory]
    [InlineData(-5, 100)]
    [InlineData(0, 100)]
    [InlineData(10, 120)]
    [InlineData(15, 120)]
    public void Proration_stays_within_the_two_visits(long hours, double corrected) =>
        Assert.Equal(corrected, FoulingAndDrift.Prorated(100, hours * HourMs, 0, 10 * HourMs, 20), 1e-9);

    [Fact]
    public void Two_visits_at_once_are_a_step() =>
        Assert.Equal([100, 120], new[] { 0L, 1L }.Select(ms => FoulingAndDrift.Prorated(100, ms, 0, 0, 20)));

    [Theory]
    [InlineData(Measurand.Ph, 7.0, 0.2, false, RecordRating.Excellent)]
    [InlineData(Measurand.Ph, 7.0, 0.21, true, RecordRating.Good)]
    [InlineData(Measurand.Ph, 7.0, 0.7, true, RecordRating.Fair)]
    [InlineData(Measurand.Ph, 7.0, 0.9, true, RecordRating.Poor)]
    [InlineData(Measurand.Ph, 7.0, 2.1, true, RecordRating.NotPublished)]
    [InlineData(Measurand.SpecificConductance, 100.0, 4.9, false, RecordRating.Good)]
    [InlineData(Measurand.SpecificConductance, 1000.0, 29, false, RecordRating.Excellent)]
    [InlineData(Measurand.SpecificConductance, 1000.0, 120, true, RecordRating.Fair)]
    [InlineData(Measurand.SpecificConductance, 1000.0, 200, true, RecordRating.Poor)]
    [InlineData(Measurand.TurbidityNtu, 4.0, 0.5, false, RecordRating.Excellent)]
    [InlineData(Measurand.TurbidityNtu, 100.0, 5.1, true, RecordRating.Good)]
    [InlineData(Measurand.TurbidityNtu, 100.0, 31, true, RecordRating.NotPublished)]
    public void Drift_is_corrected_and_rated_by_the_criteria(Measurand measurand, double reading, double drift, bool isDue, RecordRating rating)
    {
        var found = FoulingAndDrift.Of(reading, reading, reading, reading, reading + drift, reading);
        var criteria = CorrectionCriteria.Of(measurand)!;

        Assert.Equal(isDue, criteria.IsDue(found, reading));
        Assert.Equal(rating, criteria.Ratings!.Rate(found, reading));
    }

    [Fact]
    public void Fouling_and_drift_that_cancel_are_both_counted()
    {
        var found = FoulingAndDrift.Of(8.0, 8.2, 7, 7, 7.0, 7.2);

        Assert.Equal(0.4, found.TotalUnits, 1e-9);
        Assert.True(CorrectionCriteria.Of(Measurand.Ph)!.IsDue(found, 8.0));
    }

    [Fact]
    public void Readings_of_zero_are_beyond_every_criterion_in_percent() =>
        Assert.Equal(
            RecordRating.NotPublished,
            CorrectionCriteria.Of(Measurand.SpecificConductance)!.Ratings!.Rate(FoulingAndDrift.Of(0, 0, 0, 0, 1, 0), 0));
}
