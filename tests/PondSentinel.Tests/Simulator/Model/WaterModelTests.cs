using CsCheck;
using PondSentinel.Simulator.Model;

namespace PondSentinel.Tests.Simulator.Model;

public sealed class WaterModelTests
{
    private static readonly Gen<ulong> Seeds = Gen.ULong;

    [Fact]
    public void No_nitrogen_is_made_or_lost()
    {
        Seeds.Sample(
            seed =>
            {
                var model = new WaterModel(seed);
                var before = model.At(TimeSpan.Zero).Ledger.Balance;
                for (var hour = 1; hour <= 50; hour++)
                {
                    Assert.Equal(before, model.At(TimeSpan.FromHours(hour)).Ledger.Balance, before * 1e-10);
                }
            },
            iter: 6);
    }

    [Fact]
    public void What_leaves_the_pond_is_under_way_or_has_passed_below()
    {
        var model = new WaterModel(1);
        foreach (var minute in new[] { 55, 65, 80, 130, 140, 200, 600 })
        {
            var ledger = model.At(TimeSpan.FromMinutes(minute)).Ledger;
            var stream = ledger.UnderWay + ledger.PassedBelow - ledger.CameFromAbove;
            var before = model.At(TimeSpan.Zero).Ledger.UnderWay;
            Assert.Equal(ledger.LeftPond, stream - before, 1e-9);
        }

        Assert.InRange(model.At(TimeSpan.FromHours(10)).Ledger.LeftPond, 5, 8);
    }

    [Fact]
    public void Pond_loses_water_by_leak_and_evaporation_and_gains_it_by_rain()
    {
        var model = new WaterModel(1);
        double Pond(TimeSpan at) => model.At(at).PondCubicMetres;

        // 5 mm a day from 2,500 m².
        var evaporated = Pond(TimeSpan.Zero) - Pond(TimeSpan.FromHours(1));
        Assert.Equal(5.0 / 1000 * 2500 / 24, evaporated, 1e-6);
        Assert.InRange(Pond(Story.LeakStart) - Pond(Story.LeakEnd), 4, 7);
        Assert.InRange(Pond(Story.RainEnd) - Pond(Story.RainStart), 10, 30);
    }

    [Fact]
    public void Peak_comes_later_than_the_leak_by_the_travel_time()
    {
        // The middle of what left, and the middle of what passed below: for a chain of mixed reaches exactly one travel
        // time apart, whatever the leak looked like. Rain would make the stream faster, so the leak ends before it.
        var model = new WaterModel(7);
        double left = 0, leftWhen = 0, passed = 0, passedWhen = 0;
        var before = model.At(TimeSpan.Zero);
        for (var at = WaterModel.Step; at < Story.RainStart + TimeSpan.FromHours(3); at += WaterModel.Step)
        {
            var now = model.At(at);
            var minutes = (at - (WaterModel.Step / 2)).TotalMinutes;
            var leaked = now.Ledger.LeftPond - before.Ledger.LeftPond;
            var below = (now.Ledger.PassedBelow - before.Ledger.PassedBelow)
                - (now.Ledger.CameFromAbove - before.Ledger.CameFromAbove);
            (left, leftWhen) = (left + leaked, leftWhen + (leaked * minutes));
            (passed, passedWhen) = (passed + below, passedWhen + (below * minutes));
            before = now;
        }

        // The tail is washed out a little faster by the rain.
        var delay = (passedWhen / passed) - (leftWhen / left);
        Assert.InRange(delay, Brook.TravelTime.TotalMinutes * 0.85, Brook.TravelTime.TotalMinutes * 1.02);
        Assert.Equal(left, passed, left * 0.01);
    }

    [Fact]
    public void Half_of_the_plateau_is_reached_about_one_travel_time_after_the_leak_has_begun()
    {
        var model = new WaterModel(3);
        double Below(TimeSpan at) => model.At(at).Below.NitrogenMilligramsPerLitre;
        var plateau = Below(Story.LeakEnd);
        Assert.InRange(Below(Story.LeakStart + (Brook.TravelTime / 4)), 0, plateau * 0.05);
        Assert.InRange(Below(Story.LeakStart + (Brook.TravelTime * 1.12)), plateau * 0.4, plateau * 0.6);
        Assert.InRange(Below(Story.LeakStart + (Brook.TravelTime * 2.5)), plateau * 0.97, plateau * 1.01);
    }

    [Fact]
    public void Rain_dilutes()
    {
        var model = new WaterModel(5);
        var (dry, wet) = (model.At(Story.RainStart), model.At(Story.RainEnd));
        Assert.True(wet.FlowCubicMetresPerSecond > dry.FlowCubicMetresPerSecond * 1.5);

        // The stream's own ammonium is carried by more water: the load stays, the concentration falls by the flow.
        Assert.Equal(
            dry.Above.NitrogenMilligramsPerLitre * dry.FlowCubicMetresPerSecond,
            wet.Above.NitrogenMilligramsPerLitre * wet.FlowCubicMetresPerSecond,
            1e-9);
        Assert.True(wet.Above.Ph < dry.Above.Ph);
        Assert.True(wet.Above.TurbidityNtu > dry.Above.TurbidityNtu * 10);
    }

    [Fact]
    public void Ph_and_ammonium_answer_the_same_leak_and_only_below_the_pond()
    {
        var model = new WaterModel(9);
        var quiet = model.At(Story.LeakStart);
        var leaking = model.At(Story.LeakEnd);
        Assert.InRange(leaking.Below.NitrogenMilligramsPerLitre, 25, 35);
        Assert.InRange(leaking.Below.Ph, 4, 5);
        Assert.True(leaking.Below.TurbidityNtu > quiet.Below.TurbidityNtu + 20);
        Assert.Equal(quiet.Above.NitrogenMilligramsPerLitre, leaking.Above.NitrogenMilligramsPerLitre, 1e-9);
        Assert.InRange(leaking.Above.Ph, 6.5, 7.3);
    }

    [Fact]
    public void Values_are_those_of_real_streams()
    {
        Gen.Select(Seeds, Gen.Int[0, 3 * 24 * 60]).Sample(
            (seed, minute) =>
            {
                var water = new WaterModel(seed).At(TimeSpan.FromMinutes(minute));
                Assert.InRange(water.Above.NitrogenMilligramsPerLitre, 0.05, 0.3);
                Assert.InRange(water.Above.Ph, 6.3, 7.2);
                Assert.InRange(water.Above.TurbidityNtu, 3, 800);
                Assert.InRange(water.Above.Celsius, 8, 30);
                Assert.InRange(water.Below.NitrogenMilligramsPerLitre, 0.05, 100);
                Assert.InRange(water.Below.Ph, 3.9, 7.2);
            },
            iter: 12);
    }

    [Fact]
    public void Water_is_a_function_of_time_however_it_is_asked_for()
    {
        var minutes = Gen.Int[0, 400].Array[1, 12];
        Gen.Select(Seeds, minutes).Sample(
            (seed, asked) =>
            {
                var many = new WaterModel(seed);
                foreach (var minute in asked)
                {
                    var at = TimeSpan.FromMinutes(minute);
                    Assert.Equal(new WaterModel(seed).At(at), many.At(at));
                }
            },
            iter: 6);
    }

    [Fact]
    public void Another_seed_is_another_world()
    {
        var at = Story.LeakEnd;
        Assert.Equal(
            20,
            Enumerable.Range(0, 20).Select(seed => new WaterModel((ulong)seed).At(at).Below).Distinct().Count());
    }
}
