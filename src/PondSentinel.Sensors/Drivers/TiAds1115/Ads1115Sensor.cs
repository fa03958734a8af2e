using System.Buffers.Binary;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Drivers.TiAds1115;

/// <summary>Reads voltages with a Texas Instruments ADS1115 and gives what they mean.</summary>
/// <remarks>
/// <para>One conversion after another, each asked for (single-shot), so that the chip sleeps in between; of each input the
/// median of several, because of mains hum and a radio's bursts. An input that fails leaves the others standing.</para>
/// <para>While the chip converts its bus is left to others.</para>
/// <para>Not thread-safe: one instance owns the chip's traffic.</para>
/// </remarks>
/// <param name="line">The bus; not disposed of.</param>
/// <param name="address">7-bit address.</param>
/// <param name="inputs">What hangs on its pins.</param>
/// <param name="elsewhere">The number of a channel of another device; null where there is none that is fresh.</param>
/// <param name="calibrated">The calibration in force of an output; null where there is none.</param>
/// <param name="time">For waiting.</param>
internal sealed class Ads1115Sensor(
    II2cLine line,
    int address,
    IReadOnlyList<Ads1115Input> inputs,
    Func<string, double?> elsewhere,
    Func<string, CalibrationInForce?> calibrated,
    TimeProvider time) : IPausingSensor
{
    private const int AddressMin = 0x48;
    private const int AddressMax = 0x4B;
    private const int ReadyPollsMax = 4;

    // Twelve bytes in three transfers, at 50 kHz.
    private static readonly TimeSpan TransferTime = TimeSpan.FromMilliseconds(3);

    private readonly byte[] two = new byte[sizeof(ushort)];

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "ti-ads1115",
        Name = "Texas Instruments ADS1115 analog-to-digital converter",
        Grade = "reference",
        VerifiedOnHardware = false,
        Outputs = [],
        ReadSettings = Ads1115InputSection.ReadAll,
        Attachments =
        [
            Attachment.I2c(
                new I2cAddresses(AddressMin, AddressMin, AddressMax),
                settings => TransferTime * InputsOf(settings).Sum(input => input.Conversions),
                (bus, order) => new Ads1115Sensor(bus.Line, (int)order.Address, InputsOf(order.Settings), order.Elsewhere, order.Calibrated, bus.Time)) with
            {
                Waiting = order => InputsOf(order.Settings).Aggregate(TimeSpan.Zero, (sum, input) => sum + input.Time),
            },
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        Dictionary<string, Measured> volts = new(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            var measured = await MeasureAsync(input, turn, cancellationToken);
            if (measured.Failure is { } failure)
            {
                // The chip itself does not answer as it should: the other inputs would not be from now.
                return failure.AsReading();
            }

            volts.Add(input.Name, measured);
        }

        return new Reading.Measured(Ads1115Evaluation.Of(inputs, name => volts[name].Volts, elsewhere, calibrated));
    }

    private static IReadOnlyList<Ads1115Input> InputsOf(SensorSettings? settings) => (settings as Ads1115Settings)?.Inputs ?? [];

    private async ValueTask<Measured> MeasureAsync(Ads1115Input input, IBusTurn turn, CancellationToken cancellationToken)
    {
        var conversions = new short[input.Conversions];
        for (var i = 0; i < conversions.Length; i++)
        {
            if (await ConvertAsync(input, turn, cancellationToken) is { } failure)
            {
                return new Measured(null, failure);
            }

            conversions[i] = BinaryPrimitives.ReadInt16BigEndian(two);
        }

        Array.Sort(conversions);
        var median = conversions[conversions.Length / 2];
        return new Measured(
            median is Ads1115Registers.LowerRail or Ads1115Registers.UpperRail ? null : Ads1115Registers.Volts(median, input.FullScale),
            null);
    }

    // Leaves the conversion in the two bytes.
    private async ValueTask<I2cFault?> ConvertAsync(Ads1115Input input, IBusTurn turn, CancellationToken cancellationToken)
    {
        var start = Ads1115Registers.Start(input.Pins, input.FullScale, input.Rate);
        var begin = new byte[] { Ads1115Registers.Configuration, (byte)(start >> 8), (byte)(start & 0xFF) };
        if (await line.TransferAsync(address, begin, default) is { } refused)
        {
            return refused;
        }

        var wait = Ads1115Registers.ConversionTime(input.Rate);
        for (var poll = 0; poll < ReadyPollsMax; poll++)
        {
            await turn.PauseAsync(wait, cancellationToken);
            if (await ReadAsync(Ads1115Registers.Configuration) is { } fault)
            {
                return fault;
            }

            var configuration = BinaryPrimitives.ReadUInt16BigEndian(two);
            if (!Ads1115Registers.IsSame(configuration, start))
            {
                // A restart of the chip, noise, or a program that uses it too: the number would be another input's.
                return new I2cFault(
                    SensorFault.Garbled, $"it is set to {configuration:X4} and not to {start:X4}: does another program use it?");
            }

            if (Ads1115Registers.IsReady(configuration))
            {
                return await ReadAsync(Ads1115Registers.Conversion);
            }
        }

        return new I2cFault(SensorFault.TimedOut, "it does not end its conversion");
    }

    private async ValueTask<I2cFault?> ReadAsync(byte register) =>
        await line.TransferAsync(address, new[] { register }, two);

    // No volts and no failure: at the rail.
    private readonly record struct Measured(double? Volts, I2cFault? Failure);
}
