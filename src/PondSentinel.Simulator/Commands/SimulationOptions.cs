using System.CommandLine;
using System.Globalization;

namespace PondSentinel.Simulator.Commands;

/// <summary>Options that several verbs have.</summary>
internal static class SimulationOptions
{
    /// <summary>The default speed: one real minute is one simulated hour.</summary>
    public const double SpeedDefault = 60;

    private const double SpeedMax = 100_000;

    /// <summary><c>--speed</c>.</summary>
    public static Option<double> Speed()
    {
        var speed = new Option<double>("--speed")
        {
            Description = "Simulated seconds in a real second; 1 is real time.",
            HelpName = "K",
            DefaultValueFactory = _ => SpeedDefault,
        };
        speed.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.1 and <= SpeedMax))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--speed is 0.1 to {SpeedMax}."));
            }
        });
        return speed;
    }

    /// <summary><c>--seed</c>.</summary>
    public static Option<ulong?> Seed() => new("--seed")
    {
        Description = "The world: the same seed gives the same pond. Default 1.",
        HelpName = "N",
    };
}
