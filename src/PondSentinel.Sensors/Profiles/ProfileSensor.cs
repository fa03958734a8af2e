using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A Modbus RTU probe that a profile describes.</summary>
/// <remarks>Asks for the reads that hold a wanted output, in the profile's order. Where some of them fail and some do not,
/// the outputs of those that failed say why, and the others stand.</remarks>
internal sealed class ProfileSensor : ISensor
{
    private readonly DeviceProfile profile;
    private readonly ModbusRtuMaster master;
    private readonly IReadOnlyList<(ProfileRead Read, ModbusRequest Request)> reads;

    /// <summary>Makes the sensor.</summary>
    /// <param name="profile">What it is.</param>
    /// <param name="master">Who asks it.</param>
    /// <param name="address">Its address, 1 to 247.</param>
    /// <param name="outputs">The outputs somebody wants.</param>
    public ProfileSensor(
        DeviceProfile profile, ModbusRtuMaster master, byte address, IReadOnlyCollection<string> outputs)
    {
        this.profile = profile;
        this.master = master;
        reads =
        [
            .. profile.Reads.Where(read => read.Outputs.Any(output => outputs.Contains(output.Output.Name)))
                .Select(read => (read, read.Request(address))),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        List<OutputReading> outputs = [];
        foreach (var (read, request) in reads)
        {
            var answer = await master.AskAsync(request, profile.Line.Timeout, cancellationToken);
            var reading = answer.Failure ?? read.Interpret(answer.Registers.Span);
            if (reading is Reading.Measured measured)
            {
                outputs.AddRange(measured.Outputs);
                continue;
            }

            var failed = (Reading.Failed)reading;
            if (outputs.Count == 0 || failed.Fault is SensorFault.BusDown or SensorFault.DeviceFault)
            {
                // To go on would only cost the neighbours more of the line's time, or give numbers that are not from now.
                return failed;
            }

            outputs.AddRange(read.Outputs.Select(output => new OutputReading(output.Output.Name, null, failed.Fault)));
        }

        return new Reading.Measured(outputs);
    }
}
