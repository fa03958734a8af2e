using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Demo;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Model;

namespace PondSentinel.Tests.Simulator.Demo;

/// <summary>The demo's story as its rules see it, without line, gateway and store: real sampling adds nothing but its
/// phase and small delays.</summary>
public sealed class StoryTests
{
    private static readonly SiteClock RealTime = new(TimeProvider.System, TimeSpan.Zero, speed: 1);

    private static readonly string[] Expected =
    [
        "leak-ammonium pending", "leak-acid pending", "leak-ammonium firing", "leak-acid firing",
        "leak-acid clearing", "leak-ammonium clearing", "leak-acid normal", "leak-ammonium normal",
        "yard-dust pending", "yard-dust firing", "yard-dust clearing", "yard-dust normal",
    ];

    [Fact]
    public void Every_seed_and_every_phase_of_sampling_gives_the_same_changes_in_the_same_order()
    {
        for (var seed = 0UL; seed < 60; seed++)
        {
            var phase = TimeSpan.FromSeconds(seed % 60);
            Assert.Equal(Expected, Play(seed, phase, days: 1).Select(change => change.What).ToArray());
        }
    }

    [Fact]
    public void Changes_are_far_enough_apart_that_a_slow_machine_does_not_swap_them()
    {
        for (var seed = 0UL; seed < 60; seed++)
        {
            var changes = Play(seed, TimeSpan.FromSeconds(seed * 7 % 60), days: 1);
            Assert.All(
                changes.Zip(changes.Skip(1)),
                pair => Assert.True(
                    pair.Second.At - pair.First.At >= TimeSpan.FromMinutes(3), $"seed {seed}: {pair.First} {pair.Second}"));
        }
    }

    [Fact]
    public void Alarm_goes_out_within_two_minutes_at_the_default_speed_and_is_over_within_six()
    {
        for (var seed = 0UL; seed < 60; seed++)
        {
            var changes = Play(seed, TimeSpan.FromSeconds(seed % 60), days: 1);
            Assert.InRange(changes.First(change => change.What == "leak-ammonium firing").At, Story.LeakStart, TimeSpan.FromMinutes(100));
            Assert.InRange(changes[^1].At, TimeSpan.Zero, TimeSpan.FromMinutes(350));
        }
    }

    [Fact]
    public void What_a_person_is_told_in_advance_comes_true_within_five_minutes()
    {
        (string Told, string Change)[] expected =
        [
            ("leak-seen", "leak-ammonium pending"), ("leak-alarm", "leak-ammonium firing"), ("leak-over", "leak-ammonium normal"),
            ("dust-alarm", "yard-dust firing"), ("dust-over", "yard-dust normal"),
        ];
        Assert.Equal(StoryEvent.Expected.Select(what => what.Id), expected.Select(pair => pair.Told));
        for (var seed = 0UL; seed < 60; seed++)
        {
            var changes = Play(seed, TimeSpan.FromSeconds(seed % 60), days: 1);
            foreach (var (told, change) in expected)
            {
                var at = StoryEvent.Expected.Single(what => what.Id == told).At;
                Assert.InRange(changes.Single(item => item.What == change).At, at - TimeSpan.FromMinutes(5), at + TimeSpan.FromMinutes(5));
            }
        }
    }

    [Fact]
    public void Next_day_it_happens_again() =>
        Assert.Equal((string[])[.. Expected, .. Expected], Play(42, TimeSpan.FromSeconds(13), days: 2).Select(change => change.What).ToArray());

    private static List<(string What, TimeSpan At)> Play(ulong seed, TimeSpan phase, int days)
    {
        var senses = new SiteSenses(seed, RealTime);
        var rules = DemoRules.All(speed: 1).Select(rule => (Rule: rule, State: AlertState.Initial)).ToList();
        List<(string What, TimeSpan At)> changes = [];
        for (var at = phase; at < days * Story.Period; at += SiteLayout.SamplingInterval)
        {
            for (var i = 0; i < rules.Count; i++)
            {
                var (rule, state) = rules[i];
                var sample = new AlertSample(DateTimeOffset.UnixEpoch + at, Value(rule, senses, at));
                (state, var change) = rule.Threshold.Step(state, sample);
                rules[i] = (rule, state);
                if (change is { } step)
                {
                    changes.Add(($"{rule.Id} {step.To.Word}", at));
                }
            }
        }

        return changes;
    }

    private static double Value(AlertRule rule, SiteSenses senses, TimeSpan at) => rule.Measurand switch
    {
        Measurand.AmmoniumNitrogen => senses.Water("downstream-nh4", rule.Station!, at).NitrogenMilligramsPerLitre,
        Measurand.Ph => senses.Water("downstream-ph", rule.Station!, at).Ph,
        _ => senses.Air("yard-dust", at).Pm10,
    };
}
