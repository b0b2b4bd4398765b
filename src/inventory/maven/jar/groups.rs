//! Groups of artifacts that don't name their own: what Gradle, Ant, sbt or bnd packed has no `pom.properties`.
//!
//! Only what is known of an artifact's name on Maven Central without doubt stands here, and only where such archives have
//! nothing better in them. Gathered from the projects' own documentation.

/// A group and its artifacts in each line; a `*` at the end of one stands for any end. The first that fits counts.
const GROUPS: &str = "\
ch.qos.logback: logback-*
cglib: cglib cglib-nodep
com.alibaba: druid fastjson
com.fasterxml.jackson.core: jackson-annotations jackson-core jackson-databind
com.fasterxml.jackson.dataformat: jackson-dataformat-*
com.fasterxml.jackson.datatype: jackson-datatype-*
com.fasterxml.jackson.module: jackson-module-*
com.github.luben: zstd-jni
com.google.code.findbugs: jsr305
com.google.code.gson: gson
com.google.crypto.tink: tink
com.google.guava: failureaccess guava listenablefuture
com.google.inject: guice
com.google.protobuf: protobuf-java protobuf-java-util protobuf-javalite
com.h2database: h2
com.ibm.icu: icu4j
com.jayway.jsonpath: json-path
com.mchange: c3p0
com.mysql: mysql-connector-j
com.oracle.database.jdbc: ojdbc8 ojdbc10 ojdbc11 ojdbc17
com.squareup.okhttp3: logging-interceptor okhttp okhttp-*
com.squareup.okio: okio okio-*
com.squareup.retrofit2: retrofit
com.sun.xml.bind: jaxb-impl
com.thoughtworks.xstream: xstream
com.zaxxer: HikariCP
commons-beanutils: commons-beanutils
commons-cli: commons-cli
commons-codec: commons-codec
commons-collections: commons-collections commons-collections3
commons-configuration: commons-configuration
commons-dbcp: commons-dbcp
commons-digester: commons-digester
commons-el: commons-el
commons-fileupload: commons-fileupload
commons-httpclient: commons-httpclient
commons-io: commons-io
commons-jxpath: commons-jxpath
commons-lang: commons-lang
commons-logging: commons-logging commons-logging-*
commons-net: commons-net
commons-pool: commons-pool
commons-validator: commons-validator
io.micrometer: micrometer-*
io.netty: netty-*
io.projectreactor: reactor-core
io.projectreactor.netty: reactor-netty reactor-netty-*
javax.activation: activation
javax.inject: javax.inject
javax.jdo: jdo-api
javax.mail: mail
javax.servlet: javax.servlet-api jstl servlet-api
javax.servlet.jsp: jsp-api
javax.transaction: jta transaction-api
javax.ws.rs: jsr311-api
javax.xml.bind: jaxb-api
log4j: log4j
mysql: mysql-connector-java
net.bytebuddy: byte-buddy byte-buddy-agent
net.java.dev.jna: jna jna-platform
net.sf.py4j: py4j
net.sourceforge.f2j: arpack_combined_all
org.antlr: ST4 antlr-runtime antlr4 antlr4-runtime stringtemplate
org.apache.ant: ant ant-*
org.apache.commons: commons-collections4 commons-compress commons-configuration2 commons-crypto commons-csv
org.apache.commons: commons-dbcp2 commons-email commons-exec commons-jexl3 commons-lang3 commons-math3 commons-pool2
org.apache.commons: commons-rng-* commons-text commons-vfs2
org.apache.curator: curator-*
org.apache.derby: derby derbyclient derbynet derbyshared derbytools
org.apache.hadoop: hadoop-*
org.apache.httpcomponents: fluent-hc httpclient httpcore httpcore-nio httpmime
org.apache.ivy: ivy
org.apache.kafka: kafka kafka-clients kafka-streams
org.apache.logging.log4j: log4j-*
org.apache.lucene: lucene-*
org.apache.poi: poi poi-*
org.apache.shiro: shiro-*
org.apache.struts: struts2-*
org.apache.thrift: libfb303 libthrift
org.apache.tomcat.embed: tomcat-embed-*
org.apache.tomcat: tomcat-*
org.apache.velocity: velocity velocity-engine-*
org.apache.xmlbeans: xmlbeans
org.apache.zookeeper: zookeeper zookeeper-jute
org.aspectj: aspectjrt aspectjtools aspectjweaver
org.checkerframework: checker-qual
org.codehaus.jackson: jackson-core-asl jackson-jaxrs jackson-mapper-asl jackson-xc
org.eclipse.jetty: jetty-*
org.elasticsearch: elasticsearch elasticsearch-*
org.freemarker: freemarker
org.hamcrest: hamcrest hamcrest-*
org.hsqldb: hsqldb
org.javassist: javassist
org.jdom: jdom jdom2
org.jetbrains.kotlin: kotlin-*
org.jetbrains.kotlinx: kotlinx-*
org.json: json
org.jsoup: jsoup
org.junit.jupiter: junit-jupiter junit-jupiter-*
org.junit.platform: junit-platform-*
org.lz4: lz4-java
org.mariadb.jdbc: mariadb-java-client
org.mockito: mockito-*
org.mongodb: bson mongo-java-driver mongodb-driver mongodb-driver-*
org.mozilla: rhino
org.objenesis: objenesis
org.ow2.asm: asm asm-*
org.postgresql: postgresql
org.quartz-scheduler: quartz
org.roaringbitmap: RoaringBitmap shims
org.rocksdb: rocksdbjni
org.scala-lang: scala-compiler scala-library scala-reflect scalap
org.slf4j: jcl-over-slf4j jul-to-slf4j log4j-over-slf4j slf4j-*
org.springframework.boot: spring-boot spring-boot-*
org.springframework.cloud: spring-cloud-*
org.springframework.data: spring-data-*
org.springframework.kafka: spring-kafka
org.springframework.security: spring-security-*
org.springframework.session: spring-session-*
org.springframework: spring-aop spring-aspects spring-beans spring-context spring-context-indexer
org.springframework: spring-context-support spring-core spring-expression spring-instrument spring-jcl spring-jdbc
org.springframework: spring-jms spring-messaging spring-orm spring-oxm spring-test spring-tx spring-web spring-webflux
org.springframework: spring-webmvc spring-websocket
org.thymeleaf: thymeleaf thymeleaf-spring5 thymeleaf-spring6
org.tukaani: xz
org.xerial: sqlite-jdbc
org.xerial.snappy: snappy-java
org.yaml: snakeyaml
stax: stax-api
xalan: serializer xalan
xerces: xercesImpl
xpp3: xpp3 xpp3_min xpp3_xpath
";

/// The group of a well-known artifact.
pub(super) fn known_group(artifact: &str) -> Option<&'static str> {
    let fits = |name: &str| match name.strip_suffix('*') {
        Some(beginning) => artifact.starts_with(beginning),
        None => artifact == name,
    };
    GROUPS
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(_, names)| names.split_whitespace().any(fits))
        .map(|(group, _)| group)
}

/// First labels of names that are a domain turned round.
const DOMAINS: &str = "ai app at au be biz br ca cc ch cloud cn co com cz de dev dk edu es eu fi fr gov hu ie il in info io \
    is it jakarta javax jp kr me mil net nl no nz org pl pt ro ru se software systems tech tv uk us xyz \
    za";

/// Whether a text may be a group by its form: `org.example`, and no class (`org.example.Main`).
fn is_group(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let mut labels = text.split('.');
    let is_domain = labels.next().is_some_and(|first| {
        DOMAINS
            .split(' ')
            .any(|known| first.eq_ignore_ascii_case(known))
    });
    let last = text.rsplit('.').next().unwrap_or_default();
    is_domain
        && text.contains('.')
        && text.len() <= 256
        && text.chars().all(is_plain)
        && text.split('.').all(|label| !label.is_empty())
        && !(last.starts_with(|first: char| first.is_ascii_uppercase())
            && last.contains(|letter: char| letter.is_ascii_lowercase()))
}

/// The group in a name that a bundle or module goes by.
///
/// Tools make that name of group and artifact: `org.example` and `lib` become `org.example.lib`, `org.example` and
/// `example-lib` become `org.example.lib` too (Maven's bundle plugin, "Default Behavior"). Here it is taken apart again.
pub(super) fn group_in(name: &str, artifact: &str) -> Option<String> {
    if !is_group(name) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let artifact = artifact.to_ascii_lowercase();
    let dotted = artifact.replace(['-', '_'], ".");
    let before = |end: &str| {
        let group = lower.strip_suffix(end)?.strip_suffix('.')?;
        name.get(..group.len())
    };
    match before(&artifact) {
        Some(group) if group.contains('.') => return Some(group.to_owned()),
        // A domain alone is nobody's group.
        Some(_) => return Some(name.to_owned()),
        None => {}
    }
    // The artifact begins with the last label of the group, which the name has but once.
    for (at, _) in dotted.match_indices('.') {
        let (shared, rest) = dotted.split_at(at);
        let plain = lower.replace(['-', '_'], ".");
        if plain
            .strip_suffix(rest)
            .is_some_and(|group| group.contains('.') && group.ends_with(&format!(".{shared}")))
        {
            return name.get(..name.len() - rest.len()).map(str::to_owned);
        }
    }
    Some(name.to_owned())
}

/// A text that is a group as it stands.
pub(super) fn plain_group(text: &str) -> Option<String> {
    // Apache's jars give the whole foundation's name.
    (is_group(text) && !matches!(text, "org.apache" | "com.sun")).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_artifacts_have_their_group() {
        for (artifact, group) in [
            ("guava", Some("com.google.guava")),
            ("spring-core", Some("org.springframework")),
            ("spring-boot-starter", Some("org.springframework.boot")),
            ("log4j", Some("log4j")),
            ("log4j-core", Some("org.apache.logging.log4j")),
            ("tomcat-embed-core", Some("org.apache.tomcat.embed")),
            ("guavas", None),
            ("", None),
        ] {
            assert_eq!(known_group(artifact), group, "{artifact}");
        }
    }

    #[test]
    fn names_of_bundles_fall_into_group_and_artifact() {
        for (name, artifact, group) in [
            (
                "org.scala-lang.scala-library",
                "scala-library",
                Some("org.scala-lang"),
            ),
            (
                "org.mongodb.driver-core",
                "mongodb-driver-core",
                Some("org.mongodb"),
            ),
            ("org.jodd.core", "jodd-core", Some("org.jodd")),
            ("org.objenesis", "objenesis", Some("org.objenesis")),
            (
                "org.jetbrains.annotations",
                "annotations",
                Some("org.jetbrains"),
            ),
            ("org.lz4.java", "lz4-java", Some("org.lz4")),
            ("org.apache.thrift", "libthrift", Some("org.apache.thrift")),
            (
                "org.apache.commons.collections",
                "commons-collections",
                Some("org.apache.commons"),
            ),
            ("org.example.Activator", "x", None),
            ("derby", "derby", None),
            ("Apache Software", "x", None),
            ("org..x", "x", None),
        ] {
            assert_eq!(group_in(name, artifact).as_deref(), group, "{name}");
        }
    }
}
