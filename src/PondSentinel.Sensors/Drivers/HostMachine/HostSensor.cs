using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Host;

namespace PondSentinel.Sensors.Drivers.HostMachine;

/// <summary>Reads the computer that the gateway runs on: what makes other values doubtful, and what will end the station.</summary>
/// <remarks>Each output that the computer does not say is <see cref="SensorFault.Absent"/>. Not thread-safe.</remarks>
/// <param name="machine">The computer.</param>
/// <param name="folder">The folder of which file system the free space counts.</param>
/// <param name="wanted">The outputs somebody wants.</param>
internal sealed class HostSensor(Machine machine, string folder, IReadOnlyCollection<string> wanted) : ISensor
{
    private const double BytesPerMebibyte = 1 << 20;

    private bool wasUnder;

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "host",
        Name = "The computer that the gateway runs on",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure =
        [
            "Undervoltage since boot: the kernel's own supply monitor clears the firmware's memory of it, so what was before this program began may be lost.",
            "An SD card says nothing of its wear; an eMMC gives it in tenths.",
        ],
        Outputs =
        [
            new SensorOutput("cpu_temperature", Measurand.ProcessorTemperature),
            new SensorOutput("undervoltage", Measurand.Undervoltage),
            new SensorOutput("undervoltage_since_boot", Measurand.Undervoltage),
            new SensorOutput("disk_free", Measurand.DiskFree),
            new SensorOutput("medium_wear", Measurand.MediumWear),
            new SensorOutput("load", Measurand.LoadAverage),
        ],
        Attachments = [Attachment.Host(static (bus, order) => new HostSensor(bus.Machine, bus.Folder, order.Outputs))],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await Blocking.RunAsync(Read);
    }

    private Reading.Measured Read()
    {
        wasUnder |= machine.UndervoltageNow == true;
        var nearItsEnd = machine.IsMediumNearItsEnd == true;
        return new Reading.Measured(
        [
            .. Model.Outputs.Where(output => wanted.Contains(output.Name)).Select(output => output.Name switch
            {
                "cpu_temperature" => Value(output, machine.ProcessorCelsius),
                "undervoltage" => Value(output, Number(machine.UndervoltageNow)),
                "undervoltage_since_boot" => Value(output, wasUnder ? 1 : Number(machine.Undervoltage)),
                "disk_free" => Value(output, Machine.FreeBytes(folder) / BytesPerMebibyte),
                "medium_wear" when nearItsEnd => Value(output, machine.MediumWearPercent) with
                {
                    Fault = SensorFault.DeviceFault,
                    Detail = "the medium has used most of the blocks that it keeps in reserve: replace it",
                },
                "medium_wear" => Value(output, machine.MediumWearPercent),
                _ => Value(output, machine.LoadAverage),
            }),
        ]);
    }

    private static double? Number(bool? yes) => yes is null ? null : yes.Value ? 1 : 0;

    private static OutputReading Value(SensorOutput output, double? value) => value is { } number
        ? new OutputReading(output.Name, new Measurement(output.Measurand, number), null)
        : new OutputReading(output.Name, null, SensorFault.Absent) { Detail = "this machine does not say" };
}
