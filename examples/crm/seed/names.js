/**
 * Given and family names by culture. `given` is split by the pronoun that usually goes with it,
 * which only the salutation uses. `familyFirst` says how a name is written.
 *
 * @typedef {{ she: string[], he: string[], family: string[], familyFirst?: boolean, twoFamilies?: boolean, languages: string[] }} Culture
 */

/** @param {string} text */
const words = (text) => text.trim().split(/\s+/);

/** @type {Readonly<Record<string, Culture>>} */
export const CULTURES = {
  english: {
    she: words(
      'Olivia Emma Charlotte Amelia Grace Hannah Chloe Lucy Megan Rachel Laura Heather Erin Paige Fiona Abigail Nora Claire Holly Rebecca',
    ),
    he: words(
      'Oliver James William Henry Thomas Jack Samuel Daniel Ethan Nathan Ryan Callum Owen Luke Gavin Marcus Andrew Patrick Dylan Simon',
    ),
    family: words(
      "Smith Johnson Williams Brown Taylor Davies Wilson Evans Walker Robinson Thompson Wright Hughes Edwards Green Hall Clarke Turner Parker Collins Murphy O'Connor Kelly MacDonald Campbell Stewart Bennett Foster Hayes Brooks Sullivan Whitaker Ashworth Fairbanks",
    ),
    languages: ['en'],
  },
  german: {
    she: words(
      'Anna Lena Katharina Julia Sabine Claudia Franziska Johanna Petra Annika Birgit Greta Heike Mareike Svenja',
    ),
    he: words(
      'Lukas Felix Maximilian Jonas Stefan Matthias Andreas Jürgen Florian Tobias Sebastian Götz Moritz Henrik Uwe',
    ),
    family: words(
      'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Schröder Neumann Krüger Vogel Großmann Brandt Lehmann Köhler Jäger',
    ),
    languages: ['de', 'en'],
  },
  french: {
    she: words(
      'Camille Léa Manon Chloé Élodie Aurélie Sophie Céline Margaux Inès Delphine Nathalie Océane Hélène',
    ),
    he: words(
      'Louis Gabriel Hugo Antoine Théo Mathieu François Julien Rémi Étienne Guillaume Olivier Benoît Cédric',
    ),
    family: words(
      'Martin Bernard Dubois Durand Moreau Laurent Lefebvre Roux Fournier Girard Bonnet Lambert Fontaine Chevalier Mercier Gauthier Lemoine Besson Rivière Delacroix',
    ),
    languages: ['fr', 'en'],
  },
  spanish: {
    she: words(
      'Lucía María Carmen Sofía Valentina Isabel Ana Elena Ximena Pilar Rocío Daniela Fernanda Guadalupe',
    ),
    he: words(
      'Alejandro Javier Carlos Diego Miguel Andrés Pablo Sergio Rafael Emilio Joaquín Álvaro Ramón Iván',
    ),
    family: words(
      'García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Hernández Díaz Moreno Muñoz Álvarez Romero Navarro Torres Ramírez Ortega Castillo Ibáñez Núñez',
    ),
    twoFamilies: true,
    languages: ['es', 'en'],
  },
  portuguese: {
    she: words(
      'Ana Beatriz Juliana Camila Mariana Larissa Fernanda Letícia Patrícia Renata Luana Tainá',
    ),
    he: words('João Pedro Lucas Gustavo Rafael Thiago Felipe Rodrigo Vinícius Caio Leandro Otávio'),
    family: words(
      'Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Nascimento Carvalho Araújo Ribeiro Gonçalves Teixeira Barbosa Moura',
    ),
    languages: ['pt', 'en'],
  },
  italian: {
    she: words(
      'Giulia Francesca Chiara Sara Martina Alessia Elisa Valentina Federica Ilaria Bianca Noemi',
    ),
    he: words(
      'Marco Alessandro Lorenzo Matteo Andrea Davide Federico Simone Giovanni Nicolò Riccardo Enzo',
    ),
    family: words(
      'Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Mancini Rizzo Lombardi Moretti Barbieri',
    ),
    languages: ['it', 'en'],
  },
  dutch: {
    she: words('Sanne Lotte Femke Anouk Marieke Eva Iris Fleur Lieke Jolanda Noor Saskia'),
    he: words('Daan Sem Bram Lars Jeroen Thijs Pieter Ruben Sander Maarten Joost Wouter'),
    family: words(
      'Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kuipers Veenstra Postma Hoekstra Willems',
    ),
    languages: ['nl', 'en', 'de'],
  },
  polish: {
    she: words(
      'Anna Katarzyna Małgorzata Agnieszka Zofia Magdalena Joanna Natalia Wioletta Aleksandra Hanna Łucja',
    ),
    he: words(
      'Piotr Krzysztof Tomasz Michał Jakub Paweł Marcin Łukasz Wojciech Grzegorz Kamil Sławomir',
    ),
    family: words(
      'Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Zając Król Wieczorek Dudek Wróbel Stępień Pawlak Sikora Baran Szewczyk Michalak Żak',
    ),
    languages: ['pl', 'en'],
  },
  swedish: {
    she: words('Elsa Maja Astrid Linnea Ebba Karin Frida Ingrid Sofia Annika Åsa Malin'),
    he: words('Erik Lars Oskar Gustav Anders Johan Björn Mikael Axel Nils Sören Håkan'),
    family: words(
      'Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindberg Lindqvist Bergström Sjöberg Åkesson Nyström Hedlund Ekström',
    ),
    languages: ['sv', 'en'],
  },
  turkish: {
    she: words('Elif Zeynep Ayşe Merve Selin Büşra Derya Esra Gülşen İpek Nazlı Özge'),
    he: words('Mehmet Mustafa Emre Burak Can Kerem Onur Çağlar Serkan Tolga Yusuf Oğuz'),
    family: words(
      'Yılmaz Kaya Demir Şahin Çelik Yıldız Aydın Öztürk Arslan Doğan Kılıç Aslan Çetin Koç Kurt Özdemir Şimşek Polat',
    ),
    languages: ['tr', 'en'],
  },
  arabic: {
    she: words('Fatima Mariam Nour Salma Yasmin Aya Hana Layla Dina Rania Heba Amira'),
    he: words('Ahmed Mohamed Omar Youssef Karim Tarek Khaled Hassan Mahmoud Amr Sherif Walid'),
    family: words(
      'Hassan Ibrahim Mahmoud Farouk Mansour Nasser Salem Fahmy Shaker Khalil Aziz Soliman Zaki Rashid Gamal Sabry',
    ),
    languages: ['ar', 'en'],
  },
  indian: {
    she: words(
      'Priya Ananya Kavya Neha Divya Shreya Aditi Meera Lakshmi Pooja Ritu Sunita Isha Tanvi',
    ),
    he: words(
      'Rahul Arjun Vikram Rohan Amit Sanjay Karthik Suresh Aditya Nikhil Manish Rajesh Ravi Harish',
    ),
    family: words(
      'Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Joshi Rao Verma Kapoor Desai Banerjee Chatterjee Menon Agarwal Kulkarni Pillai',
    ),
    languages: ['hi', 'en'],
  },
  chinese: {
    she: words('Fang Xiuying Na Min Jing Li Yan Xiaoling Mei Ting Yue Lan Qian Shu Yutong'),
    he: words('Wei Lei Jun Yong Qiang Tao Bin Hao Chao Jie Feng Gang Peng Zihan Haoran'),
    family: words(
      'Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo',
    ),
    familyFirst: true,
    languages: ['zh', 'en'],
  },
  japanese: {
    she: words('Yui Sakura Hana Aoi Misaki Ayaka Yuka Naomi Keiko Emi Chihiro Rina Haruka Mao'),
    he: words(
      'Haruto Yuto Sota Kenji Takashi Hiroshi Daisuke Ryo Kaito Shota Makoto Akira Kenta Naoki',
    ),
    family: words(
      'Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi Shimizu Mori Ishikawa',
    ),
    familyFirst: true,
    languages: ['ja', 'en'],
  },
  korean: {
    she: words('Seo-yeon Ji-woo Min-seo Ha-eun Soo-jin Eun-ji Hye-jin Yu-na Da-eun Ji-hye'),
    he: words('Min-jun Seo-jun Ji-ho Hyun-woo Dong-hyun Jae-won Sung-min Tae-yang Joon-ho Woo-jin'),
    family: words('Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Shin Kwon Hwang Song'),
    familyFirst: true,
    languages: ['ko', 'en'],
  },
  kenyan: {
    she: words('Wanjiku Akinyi Njeri Achieng Wambui Faith Mercy Grace Atieno Moraa Chebet Naliaka'),
    he: words('Kamau Otieno Kipchoge Mwangi Brian Dennis Ochieng Kiprop Mutua Juma Barasa Collins'),
    family: words(
      'Njoroge Odhiambo Kariuki Mutiso Wekesa Cheruiyot Ndungu Omondi Kimani Maina Koech Wafula Njuguna Onyango',
    ),
    languages: ['sw', 'en'],
  },
  nigerian: {
    she: words(
      'Chioma Ngozi Amaka Funmilayo Aisha Zainab Ifeoma Temitope Yetunde Blessing Hauwa Adaeze',
    ),
    he: words(
      'Emeka Chinedu Tunde Oluwaseun Ibrahim Musa Segun Obinna Femi Kelechi Abubakar Babajide',
    ),
    family: words(
      'Okafor Adeyemi Okonkwo Balogun Eze Bello Adebayo Nwosu Ogunleye Abdullahi Chukwu Olawale Danjuma Uche',
    ),
    languages: ['en'],
  },
};

/**
 * @typedef {{ name: string, given: string, family: string, pronoun: 'she' | 'he', culture: string }} Person
 * @param {import('./random.js').Random} random
 * @param {string} culture A key of {@link CULTURES}.
 * @returns {Person}
 */
export function createPerson(random, culture) {
  const names = CULTURES[culture];
  const pronoun = random.chance(0.5) ? 'she' : 'he';
  const given = random.pick(names[pronoun]);
  let family = random.pick(names.family);
  if (names.twoFamilies === true && random.chance(0.6)) {
    const second = random.pick(names.family);
    if (second !== family) family = `${family} ${second}`;
  }
  const name = names.familyFirst === true ? `${family} ${given}` : `${given} ${family}`;
  return { name, given, family, pronoun, culture };
}

const LETTERS = { ß: 'ss', ł: 'l', Ł: 'l', ø: 'o', æ: 'ae', ı: 'i', đ: 'd' };

/**
 * Lower-case ASCII letters, digits and single hyphens: the part of a name that fits an address.
 * @param {string} text
 */
export function toSlug(text) {
  return text
    .replaceAll(/[ßłŁøæıđ]/g, (letter) => LETTERS[/** @type {keyof typeof LETTERS} */ (letter)])
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f'’.]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
