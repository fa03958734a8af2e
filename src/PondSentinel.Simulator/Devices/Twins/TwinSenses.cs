using PondSentinel.Measurements;
using PondSentinel.Simulator.Model;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>What twins sense: water and air of the simulated site where it has such a thing, else a slow wave with noise around a value
/// that is usual at a pond.</summary>
/// <remarks>All is a function of seed, device and simulated time; the noise holds for one simulated second. Thread-safe.</remarks>
/// <param name="seed">The world.</param>
/// <param name="clock">The simulated clock.</param>
internal sealed class TwinSenses(ulong seed, SiteClock clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(6);

    // Centre, half of the wave's height, and noise (standard deviation), each in the measurand's unit. Choices.
    private static readonly Dictionary<Measurand, (double Centre, double Swing, double Noise)> Waves = new()
    {
        [Measurand.Conductivity] = (420, 60, 2),
        [Measurand.SpecificConductance] = (440, 60, 2),
        [Measurand.OxidationReduction] = (215, 25, 1),
        [Measurand.DissolvedOxygen] = (7.9, 0.8, 0.03),
        [Measurand.Chlorophyll] = (3.5, 1, 0.05),
        [Measurand.BlueGreenAlgae] = (1200, 200, 10),
        [Measurand.WaterPressure] = (251.3, 15, 0.2),
        [Measurand.WaterLevel] = (1234.5, 150, 1),
        [Measurand.WindDirection] = (270, 60, 5),
        [Measurand.AirTemperature] = (22, 6, 0.05),
        [Measurand.AirHumidity] = (65, 15, 0.3),
        [Measurand.AirPressure] = (1002, 4, 0.05),
        [Measurand.HousingTemperature] = (27, 5, 0.05),
        [Measurand.HousingHumidity] = (45, 8, 0.2),
        [Measurand.SupplyVoltage] = (12.9, 0.5, 0.01),
        [Measurand.SupplyCurrent] = (0.35, 0.1, 0.005),
        [Measurand.RainIntensity] = (12, 10, 0.2),
        [Measurand.WaterFlow] = (40, 10, 0.5),

        // Of a contact of which nobody said what it counts: pulses a second.
        [Measurand.PulseCount] = (2, 1.5, 0.05),

        // Shares of the time.
        [Measurand.DoorOpen] = (0.4, 0.2, 0.05),
        [Measurand.PumpRunning] = (0.4, 0.2, 0.05),
        [Measurand.ValveOpen] = (0.4, 0.2, 0.05),

        // A slope that stands still, under the sun and the rain.
        [Measurand.Tilt] = (1.3, 0.01, 0.001),
        [Measurand.Displacement] = (2, 0.3, 0.1),
        [Measurand.PorePressure] = (22, 3, 0.05),
        [Measurand.ProcessorTemperature] = (52, 6, 0.3),
        [Measurand.LoadAverage] = (0.6, 0.3, 0.05),
        [Measurand.MediumWear] = (25, 4, 0),
    };

    // For what has no row above: within most scales.
    private static readonly (double Centre, double Swing, double Noise) Otherwise = (10, 2, 0.05);

    private readonly SiteSenses site = new(seed, clock);
    private readonly Weather weather = new(seed);

    /// <summary>What there is to sense for a device.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="isBelow">Whether it measures below the pond, where a leak arrives.</param>
    /// <param name="faults">What is wrong with it: its values may be stuck.</param>
    public Sense Now(string device, bool isBelow, Faults faults) => At(device, isBelow, faults.Frozen(clock.Now));

    /// <summary>What there is to sense for a device at a time.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="isBelow">Whether it measures below the pond.</param>
    /// <param name="time">Simulated time.</param>
    public Sense At(string device, bool isBelow, TimeSpan time) => measurand => measurand switch
    {
        Measurand.Ph or Measurand.PhElectrode or Measurand.WaterTemperature or Measurand.AmmoniumNitrogen
            or Measurand.TotalAmmoniaNitrogen or Measurand.AmmoniumIon or Measurand.AmmoniumElectrode or Measurand.Potassium
            or Measurand.PotassiumElectrode or Measurand.TurbidityNtu or Measurand.TurbidityFnu =>
            site.Water(device, isBelow ? SiteLayout.Downstream : SiteLayout.Upstream, time).Of(measurand),
        Measurand.Pm10 => site.Air(device, time).Pm10,
        Measurand.Pm25 => site.Air(device, time).Pm25,

        // Nearly all particles below 2.5 micrometres are below 1 too: a choice.
        Measurand.Pm1 => 0.8 * site.Air(device, time).Pm25,
        Measurand.WindSpeed => weather.WindSpeedMetresPerSecond(time),
        _ => Wave(device, measurand.WireName, Waves.GetValueOrDefault(measurand, Otherwise), time),
    };

    /// <summary>Volts at the pins of a converter: around 12 mA over 100 Ω.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="pins">Code of the pins.</param>
    /// <param name="faults">What is wrong with it.</param>
    public double Volts(string device, int pins, Faults faults) =>
        Wave(device, FormattableString.Invariant($"pins {pins}"), (1.2, 0.2, 0.002), faults.Frozen(clock.Now));

    private double Wave(string device, string what, (double Centre, double Swing, double Noise) wave, TimeSpan time)
    {
        var hash = Chance.Of($"{device}/{what}");
        var phase = Chance.Even(seed, hash, 0);
        return wave.Centre
            + (wave.Swing * Math.Sin(2 * Math.PI * ((time / Period) + phase)))
            + (wave.Noise * Chance.Noise(seed, hash, (long)Math.Floor(time.TotalSeconds)));
    }
}
