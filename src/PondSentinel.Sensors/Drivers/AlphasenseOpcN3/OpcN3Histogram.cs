using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Drivers.AlphasenseOpcN3;

/// <summary>What an OPC-N3 has counted since it was last asked. Pure.</summary>
/// <remarks>Source: Alphasense 072-0503, issue 2, command 0x30, sections 4 and 5; low bytes first.</remarks>
internal static class OpcN3Histogram
{
    /// <summary>The command.</summary>
    public const byte Command = 0x30;

    /// <summary>Bytes of it.</summary>
    public const int Length = 86;

    private const int Bins = 24;
    private const int PeriodAt = 52;
    private const int FlowAt = 54;
    private const int TemperatureAt = 56;
    private const int HumidityAt = 58;
    private const int MassAt = 60;
    private const int LaserAt = 82;
    private const double HundredthsPerUnit = 100;

    // Asked each 0.5 to 60 s, so it can have counted for no other time.
    private static readonly Band PeriodSeconds = new(0.5, 60);

    /// <summary>The outputs.</summary>
    public static IReadOnlyList<SensorOutput> Outputs { get; } =
    [
        Mass("pm1", Measurand.Pm1), Mass("pm25", Measurand.Pm25), Mass("pm10", Measurand.Pm10),
        new SensorOutput("flow", Measurand.SampleFlow) { Method = "time of flight of particles" },
        new SensorOutput("temperature", Measurand.HousingTemperature),
        new SensorOutput("humidity", Measurand.HousingHumidity),
    ];

    /// <summary>What it means.</summary>
    /// <param name="bytes">As many bytes as it has.</param>
    /// <param name="elapsed">How long ago the one before it was read.</param>
    public static Reading Interpret(ReadOnlySpan<byte> bytes, TimeSpan elapsed)
    {
        if (!ModbusCrc.IsValid(bytes))
        {
            return new Reading.Failed(SensorFault.Garbled, $"its checksum does not fit: {Convert.ToHexString(bytes[^26..])}");
        }

        if (Word(bytes, LaserAt) == 0)
        {
            return new Reading.Failed(SensorFault.DeviceFault, "its laser is off");
        }

        var period = Word(bytes, PeriodAt) / HundredthsPerUnit;
        if (!PeriodSeconds.Contains(period) || period < elapsed.TotalSeconds / 2 || period > (elapsed.TotalSeconds * 2) + 1)
        {
            return new Reading.Failed(
                SensorFault.DeviceFault,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has counted for {period:0.##} s where {elapsed.TotalSeconds:0.##} s have passed: it started anew, or its fan did not turn"));
        }

        var flow = Word(bytes, FlowAt) / HundredthsPerUnit;
        var (fault, detail) = Doubt(bytes, flow);
        List<OutputReading> outputs = [];
        for (var output = 0; output < Outputs.Count; output++)
        {
            var value = output switch
            {
                < 3 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(MassAt + (output * sizeof(float)))..]),
                3 => flow,
                4 => -45 + (175 * Share(bytes, TemperatureAt)),
                _ => 100 * Share(bytes, HumidityAt),
            };
            if (!double.IsFinite(value) || (output < 3 && value < 0))
            {
                return new Reading.Failed(SensorFault.Garbled, $"its {Outputs[output].Name} is no number");
            }

            outputs.Add(new OutputReading(
                Outputs[output].Name,
                new Measurement(Outputs[output].Measurand, output < 3 ? Shortest((float)value) : value),
                output <= 3 ? fault : null)
            {
                Detail = output <= 3 ? detail : null,
            });
        }

        return new Reading.Measured(outputs);
    }

    // The numbers stand, with the doubt.
    private static (SensorFault? Fault, string? Detail) Doubt(ReadOnlySpan<byte> bytes, double flow)
    {
        for (var bin = 0; bin < Bins; bin++)
        {
            if (Word(bytes, bin * sizeof(ushort)) == ushort.MaxValue)
            {
                return (SensorFault.OverRange, string.Create(CultureInfo.InvariantCulture, $"bin {bin} is full: there were more particles than it can count"));
            }
        }

        return flow > 0 ? (null, null) : (SensorFault.DeviceFault, "no air flows through it: is the inlet or the fan blocked?");
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static double Share(ReadOnlySpan<byte> bytes, int at) => Word(bytes, at) / (double)ushort.MaxValue;

    // The shortest decimal that is the same number in 32 bits.
    private static double Shortest(float value) =>
        double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static SensorOutput Mass(string name, Measurand measurand) => new(name, measurand) { Method = "counting of single particles" };
}
