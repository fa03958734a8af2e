using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The hints of <see cref="FaultHints"/> in Chinese, for whoever reads them at the pond. The journal and what is sent keep
/// English.</summary>
internal static class FaultHintsChinese
{
    /// <summary>The first thing to check.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="where">The device's place: bus, port and address.</param>
    /// <param name="line">The kind of line it hangs on.</param>
    /// <param name="shared">Whether other devices hang on the same line.</param>
    /// <param name="isPart">Whether only a part of what the device measures is missing.</param>
    public static string For(SensorFault fault, string where, LineKind line, bool shared, bool isPart = false) =>
        $"{where}：{Check(fault, line, shared, isPart)}";

    private static string Check(SensorFault fault, LineKind line, bool shared, bool isPart) => fault switch
    {
        SensorFault.NoAnswer when isPart => "核对型号和固件与配置是否一致，或删除设备不应答的通道",
        SensorFault.NoAnswer when line == LineKind.I2c => "检查电源、SDA 和 SCL，并用 i2cdetect 确认能找到该地址",
        SensorFault.TimedOut or SensorFault.Garbled when line == LineKind.I2c => "检查上拉电阻、导线长度和电源，逐个拔下设备排查",
        SensorFault.NoAnswer when line == LineKind.Spi => "检查电源、MISO、MOSI、SCK 和片选线",
        SensorFault.Garbled or SensorFault.TimedOut when line == LineKind.Spi => "缩短导线，检查接地和电源，然后重启传感器",
        SensorFault.NoAnswer or SensorFault.Garbled when line == LineKind.OneWire => "检查电源、数据线及其 4.7 kΩ 上拉电阻，并核对芯片编号",
        SensorFault.BusDown when line is LineKind.I2c or LineKind.Spi or LineKind.OneWire => "检查 config.txt 中是否启用了该总线",
        SensorFault.BusDown when line == LineKind.Gpio => "用 gpiodetect 核对芯片编号，确认已安装 libgpiod 且用户在 gpio 组",
        SensorFault.DeviceFault when line == LineKind.Gpio => "检查触点和导线是否进水、短路，翻斗是否卡住",
        SensorFault.Absent when line == LineKind.Host => "删除本机不提供的通道",
        SensorFault.DeviceFault when line == LineKind.Host => "备份缓冲并更换该存储介质",
        SensorFault.NoAnswer when shared => "检查电源、A/B 极性和地址",
        SensorFault.NoAnswer => "检查电源、RX 和 TX",
        SensorFault.TimedOut => "检查带载时的电源电压和接头",
        SensorFault.Refused => "核对型号和固件与配置是否一致，设备拒绝了请求",
        SensorFault.Garbled when shared => "检查波特率、校验、终端电阻，以及是否有两台设备地址相同",
        SensorFault.Garbled => "检查波特率和屏蔽",
        SensorFault.BusDown => "检查转换器是否插好，是否被其他程序占用",
        SensorFault.WrongDevice => "核对型号、序列号和地址与配置是否一致；其数值不保存",
        SensorFault.NotReady => "等待预热完成；若始终未完成，检查电源",
        SensorFault.Absent => "删除未安装部件的通道，或检查其插头",
        SensorFault.Uncompensated => "检查提供温度或钾离子的传感器，并在接近水温时校准",
        SensorFault.Incomplete => "无需处理：该时段的累计值为下限",
        SensorFault.DeviceFault when line == LineKind.I2c => "按故障详情检查电流环、电极、探头或电源",
        SensorFault.DeviceFault => "清洁探头，检查刮刷或风扇是否卡住",
        SensorFault.OverRange => "人工取样：数值超出设备量程",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a defined fault."),
    };
}
